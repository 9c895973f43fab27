package import Commerce
package import Core
internal import GRDB

// Credits on their way, and claims on work.

extension SQLitePaymentStore {
  /// See ``PaymentStore/claimDueCredits(at:limit:for:)``. O(limit + credits that are claimed).
  package func claimDueCredits(
    at time: Int64, limit: Int, for claim: WorkClaim
  ) async throws(StoreError) -> [QueuedCredit] {
    try await file.write { database in
      let sql = """
        SELECT id, citizen, ducats, state, attempts, due FROM credits
        WHERE state = 'waiting' AND due <= ?1
          AND NOT EXISTS (SELECT 1 FROM claims WHERE name = hex(id) AND owner <> ?2 AND until > ?1)
        ORDER BY due, id LIMIT ?3
        """
      let credits = try database.all(sql, time, claim.owner, limit) { try QueuedCredit($0) }
      for queued in credits { try database.claim(Self.name(queued), for: claim) }
      return credits
    }
  }

  /// See ``PaymentStore/waitingCredits()``.
  package func waitingCredits() async throws(StoreError) -> WaitingCredits {
    try await file.read { database in
      let sql = "SELECT count(*), min(id) FROM credits WHERE state = 'waiting'"
      let waiting = try database.first(sql) { row in
        WaitingCredits(
          count: Int(row.integer(0)),
          oldestMilliseconds: row.isNull(1) ? nil : try row.identifier(1).milliseconds)
      }
      return waiting ?? WaitingCredits(count: 0, oldestMilliseconds: nil)
    }
  }

  /// See ``PaymentStore/update(_:)``. O(log credits).
  package func update(_ credit: QueuedCredit) async throws(StoreError) {
    try await file.write { database in
      try database.run(
        "UPDATE credits SET state = ?, attempts = ?, due = ? WHERE id = ?", credit.state.rawValue, credit.attempts,
        credit.due, credit.credit.id)
      try database.run("DELETE FROM claims WHERE name = ?", Self.name(credit))
    }
  }

  /// See ``PaymentStore/claim(_:for:at:)``. O(log claims). Doesn't wait for the disk.
  package func claim(_ work: PaymentWork, for claim: WorkClaim, at time: Int64) async throws(StoreError) -> Bool {
    try await file.write { database in
      let sql = "SELECT 1 FROM claims WHERE name = ? AND owner <> ? AND until > ?"
      if try database.first(sql, work.name, claim.owner, time, read: { _ in true }) != nil { return false }
      try database.claim(work.name, for: claim)
      return true
    }
  }

  /// See ``PaymentStore/release(_:by:)``. O(log claims). Doesn't wait for the disk.
  package func release(_ work: PaymentWork, by owner: Identifier) async throws(StoreError) {
    try await file.write { try $0.run("DELETE FROM claims WHERE name = ? AND owner = ?", work.name, owner) }
  }

  private static func name(_ credit: QueuedCredit) -> String { Hexadecimal.text(credit.credit.id.bytes).uppercased() }
}

extension Database {
  fileprivate func claim(_ name: String, for claim: WorkClaim) throws {
    try run("INSERT OR REPLACE INTO claims (name, owner, until) VALUES (?, ?, ?)", name, claim.owner, claim.until)
  }
}

extension QueuedCredit {
  /// The credit of a row of all columns. Throws `corrupt` when it isn't one.
  init(_ row: PlainRow) throws(StoreError) {
    guard let ducats = Amount(text: row.text(2)), let state = State(rawValue: row.text(3)) else {
      throw StoreError(.corrupt, "a credit in the store of payments can't be read")
    }
    self.init(
      DucatCredit(payment: try row.identifier(0), citizen: row.text(1), ducats: ducats), due: row.integer(5))
    self.state = state
    attempts = Int(row.integer(4))
  }
}
