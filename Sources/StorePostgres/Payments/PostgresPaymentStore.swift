package import Commerce
package import Core

/// Payments in a PostgreSQL database, which all hosts share: a change names the revision it was made of, and what one
/// host works on the others leave alone while its claim lasts. Holds no client secret and no card.
package final class PostgresPaymentStore: PaymentStore {
  let connections: PostgresConnections

  /// Opens the payments at `address` and brings the tables up to date. Blocks while it connects. Throws as
  /// ``PostgresLedgerStore`` does.
  package init(_ address: PostgresAddress, host: String = "") throws(StoreError) {
    let session = PostgresSession(name: "\(host) payments", isWriting: true)
    _ = try PostgresSchema.open(address, session)
    connections = PostgresConnections(address, session, connections: PostgresLimits.paymentConnections)
  }

  /// Closes the connections; what comes then fails.
  package func close() async { await connections.close() }

  /// Why PostgreSQL didn't take the last write that changed something; nil when it did. Never waits.
  package var writeProblem: StoreError.Code? { connections.writeProblem }

  /// See ``PaymentStore/insert(_:)``. O(log payments).
  package func insert(_ payment: Payment) async throws(StoreError) -> PaymentInsertion {
    try await connections.write("keeping a payment") { connection in
      let citizen = PostgresValue.bytes(Array(payment.citizen.utf8))
      _ = try connection.run(PaymentStatements.lockCitizen.with(citizen))
      let answers = try connection.run([
        PaymentStatements.byID.with(.id(payment.id)), PaymentStatements.countOpen.with(citizen),
      ])
      if let earlier = try answers[0].payments().first { return .exists(earlier) }
      var payment = payment
      payment.revision = 1
      payment.othersOpen = Int(answers[1].first?.integer(0) ?? 0)
      let kept = try connection.run(
        PaymentStatements.insert.with(
          .id(payment.id), .bytes(payment.json.bytes), .id(payment.keptQuote), payment.keptIntent,
          .boolean(payment.isUnfinished), .integer(payment.updated), citizen))
      if kept.count > 0 { return .inserted(payment) }
      // What another host kept meanwhile has its id or its quote.
      return try connection.run(PaymentStatements.byID.with(.id(payment.id))).payments().first.map { .exists($0) }
        ?? .quoteUsed
    }
  }

  /// See ``PaymentStore/update(_:ifRevision:credit:)``. O(log payments).
  package func update(
    _ payment: Payment, ifRevision revision: Int64, credit: DucatCredit?
  ) async throws(StoreError) -> Payment {
    try await connections.write("writing a payment") { connection in
      let kept = try connection.run(
        PaymentStatements.update.with(
          .id(payment.id), .bytes(payment.json.bytes), .id(payment.keptQuote), payment.keptIntent,
          .boolean(payment.isUnfinished), .integer(payment.updated), .integer(revision)))
      guard let next = kept.first?.integer(0) else { throw StoreError.changedMeanwhile(payment) }
      if let credit {
        _ = try connection.run(
          PaymentStatements.insertCredit.with(
            .id(credit.id), .bytes(Array(credit.citizen.utf8)), .text(credit.ducats.description),
            .integer(payment.updated)))
      }
      var payment = payment
      payment.revision = next
      return payment
    }
  }

  /// See ``PaymentStore/payment(_:)``. O(log payments).
  package func payment(_ id: Identifier) async throws(StoreError) -> Payment? {
    try await read { try $0.run(PaymentStatements.byID.with(.id(id))).payments().first }
  }

  /// See ``PaymentStore/payment(intent:)``. O(log payments).
  package func payment(intent: String) async throws(StoreError) -> Payment? {
    let intent = PostgresValue.bytes(Array(intent.utf8))
    return try await read { try $0.run(PaymentStatements.byIntent.with(intent)).payments().first }
  }

  /// See ``PaymentStore/payments(before:limit:)``. O(limit + log payments).
  package func payments(before id: Identifier?, limit: Int) async throws(StoreError) -> [Payment] {
    let count = PostgresValue.integer(Int64(limit))
    let query = id.map { PaymentStatements.earlier.with(.id($0), count) } ?? PaymentStatements.latest.with(count)
    return try await read { try $0.run(query).payments() }
  }

  /// See ``PaymentStore/unfinished(until:after:limit:)``. O(unfinished).
  package func unfinished(
    until time: Int64, after id: Identifier?, limit: Int
  ) async throws(StoreError) -> [Payment] {
    let count = PostgresValue.integer(Int64(limit))
    let query =
      id.map { PaymentStatements.unfinished.with(.id($0), .integer(time), count) }
      ?? PaymentStatements.firstUnfinished.with(.integer(time), count)
    return try await read { try $0.run(query).payments() }
  }

  /// See ``PaymentStore/insert(_:digest:now:)``. O(log events).
  package func insert(
    _ event: PaymentEvent, digest: [UInt8], now: Int64
  ) async throws(StoreError) -> EventInsertion {
    let id = PostgresValue.bytes(Array(event.id.utf8))
    return try await connections.write("keeping an event") { connection in
      let insert = PaymentStatements.insertEvent.with(id, .bytes(digest), .bytes(event.json.bytes), .integer(now))
      if try connection.run(insert).count > 0 { return .inserted }
      guard let row = try connection.run(PaymentStatements.event.with(id)).first else {
        throw StoreError(.corrupt, "an event that is kept can't be read")
      }
      return row.bytes(0) == digest ? .repeated(isFinished: row.boolean(1) == true) : .conflicting
    }
  }

  /// See ``PaymentStore/finish(event:)``. O(log events).
  package func finish(event id: String) async throws(StoreError) {
    let query = PaymentStatements.finishEvent.with(.bytes(Array(id.utf8)))
    try await connections.write("finishing an event") { _ = try $0.run(query) }
  }

  /// See ``PaymentStore/unfinishedEvents(until:after:limit:)``. O(unfinished).
  package func unfinishedEvents(
    until time: Int64, after id: String?, limit: Int
  ) async throws(StoreError) -> [PaymentEvent] {
    let query = PaymentStatements.unfinishedEvents.with(
      .bytes(Array((id ?? "").utf8)), .integer(time), .integer(Int64(limit)))
    return try await read { connection in
      try connection.run(query).all.map { try PaymentEvent(kept: $0.bytes(0) ?? []) }
    }
  }

  private func read<Value: Sendable>(
    _ body: @escaping @Sendable (PostgresConnection) throws -> Value
  ) async throws(StoreError) -> Value {
    try await connections.run("reading payments", body)
  }
}

extension Payment {
  /// A refused payment lets go of its quote.
  var keptQuote: Identifier? { state == .refused ? nil : order.quote }
  var keptIntent: PostgresValue { .bytes(intent.map { Array($0.utf8) }) }
}

extension PostgresRows {
  /// The payments of rows that begin with body and revision.
  func payments() throws(StoreError) -> [Payment] {
    var payments: [Payment] = []
    for row in all { payments.append(try Payment(kept: row.bytes(0) ?? [], revision: row.integer(1) ?? 0)) }
    return payments
  }
}
