package import Commerce
package import Core
internal import GRDB

/// Payments in one SQLite file, `payments.sqlite`, which only its owner may read. What many write at a time shares a
/// commit, and what is written outlasts a power cut. Holds no client secret and no card.
///
/// The file belongs to one process at a time, so claims on payments end with it.
package final class SQLitePaymentStore: PaymentStore {
  let file: StoreConnection

  /// The payments in `directory`, which is made with mode 0700 when there is none. Blocks on the disk. Throws when the
  /// file can't be read or was written by a later version.
  package init(directory: String) throws(StoreError) {
    file = try StoreConnection(
      "payments", in: directory, PaymentSchema.migrator, temporary: PaymentSchema.temporary)
  }

  /// Finishes what waits and closes the file.
  package func close() async { await file.close() }

  /// Why the file didn't take the last write that changed something; nil when it did. Never waits.
  package var writeProblem: StoreError.Code? { file.writeProblem }

  /// Raises the number that tells older copies of the file, if something was written since; see ``StoreAge``. Throws
  /// why that can't be written. O(1).
  package func raisedAge() async throws(StoreError) -> StoreAge? { try await file.raisedAge() }

  /// See ``PaymentStore/insert(_:)``. O(log payments).
  package func insert(_ payment: Payment) async throws(StoreError) -> PaymentInsertion {
    try await file.write { database in
      if let earlier = try database.payment(where: "id = ?", payment.id) { return .exists(earlier) }
      if let quote = payment.order.quote,
        try database.first("SELECT 1 FROM payments WHERE quote = ?", quote, read: { _ in true }) != nil
      {
        return .quoteUsed
      }
      var payment = payment
      payment.revision = 1
      let sql = "SELECT count(*) FROM payments WHERE is_unfinished = 1 AND citizen = ?"
      payment.othersOpen = Int(try database.first(sql, payment.citizen) { $0.integer(0) } ?? 0)
      try database.keep(payment)
      return .inserted(payment)
    }
  }

  /// See ``PaymentStore/update(_:ifRevision:credit:)``. O(log payments).
  package func update(
    _ payment: Payment, ifRevision revision: Int64, credit: DucatCredit?
  ) async throws(StoreError) -> Payment {
    try await file.write { database in
      let sql = "SELECT 1 FROM payments WHERE id = ? AND revision = ?"
      guard try database.first(sql, payment.id, revision, read: { _ in true }) != nil else {
        throw StoreError.changedMeanwhile(payment)
      }
      var payment = payment
      payment.revision = revision + 1
      try database.keep(payment)
      if let credit {
        try database.run(
          "INSERT OR IGNORE INTO credits (id, citizen, ducats, state, attempts, due) VALUES (?, ?, ?, ?, 0, ?)",
          credit.id, credit.citizen, credit.ducats.description, QueuedCredit.State.waiting.rawValue,
          payment.updated)
      }
      return payment
    }
  }

  /// See ``PaymentStore/payment(_:)``. O(log payments).
  package func payment(_ id: Identifier) async throws(StoreError) -> Payment? {
    try await file.read { try $0.payment(where: "id = ?", id) }
  }

  /// See ``PaymentStore/payment(intent:)``. O(log payments).
  package func payment(intent: String) async throws(StoreError) -> Payment? {
    try await file.read { try $0.payment(where: "intent = ?", intent) }
  }

  /// See ``PaymentStore/payments(before:limit:)``. O(limit + log payments).
  package func payments(before id: Identifier?, limit: Int) async throws(StoreError) -> [Payment] {
    try await file.read { database in
      let select = "SELECT \(Payment.columns) FROM payments"
      guard let id else { return try database.all("\(select) ORDER BY id DESC LIMIT ?", limit) { try Payment($0) } }
      return try database.all("\(select) WHERE id < ? ORDER BY id DESC LIMIT ?", id, limit) { try Payment($0) }
    }
  }

  /// See ``PaymentStore/unfinished(until:after:limit:)``. O(unfinished).
  package func unfinished(
    until time: Int64, after id: Identifier?, limit: Int
  ) async throws(StoreError) -> [Payment] {
    try await file.read { database in
      let sql = """
        SELECT \(Payment.columns) FROM payments WHERE is_unfinished = 1 AND id > ? AND updated <= ?
        ORDER BY id LIMIT ?
        """
      return try database.all(sql, id?.bytes ?? [], time, limit) { try Payment($0) }
    }
  }

  /// See ``PaymentStore/insert(_:digest:now:)``. O(log events).
  package func insert(
    _ event: PaymentEvent, digest: [UInt8], now: Int64
  ) async throws(StoreError) -> EventInsertion {
    try await file.write { database in
      let known = try database.first("SELECT digest, is_finished FROM events WHERE id = ?", event.id) { row in
        row.bytes(0) == digest ? EventInsertion.repeated(isFinished: row.integer(1) == 1) : .conflicting
      }
      if let known { return known }
      try database.run(
        "INSERT INTO events (id, digest, body, received, is_finished) VALUES (?, ?, ?, ?, 0)", event.id, digest,
        event.json.text, now)
      return .inserted
    }
  }

  /// See ``PaymentStore/finish(event:)``. O(log events).
  package func finish(event id: String) async throws(StoreError) {
    try await file.write { try $0.run("UPDATE events SET is_finished = 1 WHERE id = ?", id) }
  }

  /// See ``PaymentStore/unfinishedEvents(until:after:limit:)``. O(unfinished).
  package func unfinishedEvents(
    until time: Int64, after id: String?, limit: Int
  ) async throws(StoreError) -> [PaymentEvent] {
    try await file.read { database in
      let sql = "SELECT body FROM events WHERE is_finished = 0 AND id > ? AND received <= ? ORDER BY id LIMIT ?"
      return try database.all(sql, id ?? "", time, limit) { try PaymentEvent(kept: $0.bytes(0)) }
    }
  }
}

extension Database {
  fileprivate func payment(where condition: String, _ value: any SQLiteValue) throws -> Payment? {
    try first("SELECT \(Payment.columns) FROM payments WHERE \(condition)", value) { try Payment($0) }
  }

  /// A refused payment lets go of its quote.
  fileprivate func keep(_ payment: Payment) throws {
    try run(
      """
      INSERT INTO payments (id, body, quote, intent, is_unfinished, updated, citizen, revision)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET body = excluded.body, quote = excluded.quote, intent = excluded.intent,
        is_unfinished = excluded.is_unfinished, updated = excluded.updated, revision = excluded.revision
      """,
      payment.id, payment.json.text, payment.state == .refused ? nil : payment.order.quote, payment.intent,
      payment.isUnfinished, payment.updated, payment.citizen, payment.revision)
  }
}

extension Payment {
  fileprivate static let columns = "body, revision"

  /// The payment of a row of ``columns``.
  fileprivate init(_ row: PlainRow) throws(StoreError) {
    try self.init(kept: row.bytes(0), revision: row.integer(1))
  }
}
