package import Commerce
package import Core

// Credits on their way, and claims on work.

extension PostgresPaymentStore {
  /// See ``PaymentStore/claimDueCredits(at:limit:for:)``. O(limit + credits that are claimed).
  package func claimDueCredits(
    at time: Int64, limit: Int, for claim: WorkClaim
  ) async throws(StoreError) -> [QueuedCredit] {
    let query = PaymentStatements.claimCredits.with(
      .integer(time), .id(claim.owner), .integer(claim.until), .integer(Int64(limit)))
    let credits = try await connections.write("claiming credits") { connection in
      try connection.run(query).all.map { try QueuedCredit($0) }
    }
    return credits.sorted { ($0.due, $0.credit.id) < ($1.due, $1.credit.id) }
  }

  /// See ``PaymentStore/waitingCredits()``.
  package func waitingCredits() async throws(StoreError) -> WaitingCredits {
    try await connections.run("counting credits") { connection in
      let row = try connection.run(PaymentStatements.waitingCredits.with()).first
      return WaitingCredits(count: Int(row?.integer(0) ?? 0), oldestMilliseconds: row?.id(1)?.milliseconds)
    }
  }

  /// See ``PaymentStore/update(_:)``. O(log credits).
  package func update(_ credit: QueuedCredit) async throws(StoreError) {
    let query = PaymentStatements.updateCredit.with(
      .id(credit.credit.id), .text(credit.state.rawValue), .integer(Int64(credit.attempts)), .integer(credit.due))
    try await connections.write("writing a credit") { _ = try $0.run(query) }
  }

  /// See ``PaymentStore/claim(_:for:at:)``. O(log claims).
  package func claim(_ work: PaymentWork, for claim: WorkClaim, at time: Int64) async throws(StoreError) -> Bool {
    let query = PaymentStatements.claim.with(
      .text(work.name), .id(claim.owner), .integer(claim.until), .integer(time))
    return try await connections.write("claiming work") { try $0.run(query).count > 0 }
  }

  /// See ``PaymentStore/release(_:by:)``. O(log claims).
  package func release(_ work: PaymentWork, by owner: Identifier) async throws(StoreError) {
    let query = PaymentStatements.release.with(.text(work.name), .id(owner))
    try await connections.write("releasing work") { _ = try $0.run(query) }
  }
}

extension QueuedCredit {
  fileprivate init(_ row: PostgresRow) throws(StoreError) {
    guard let id = row.id(0), let citizen = row.text(1), let ducats = row.text(2).flatMap({ Amount(text: $0) }),
      let state = row.text(3).flatMap({ State(rawValue: $0) }), let attempts = row.integer(4),
      let due = row.integer(5)
    else { throw StoreError(.corrupt, "a credit in the store of payments can't be read") }
    self.init(DucatCredit(payment: id, citizen: citizen, ducats: ducats), due: due)
    self.state = state
    self.attempts = Int(attempts)
  }
}
