package import Commerce
package import Core
internal import Foundation
internal import GRDB

/// Payments in one SQLite file, `payments.sqlite`, which only its owner may read. One connection does everything, on a
/// queue of its own, and what many write at a time shares a commit; what is written outlasts a power cut
/// (`synchronous=FULL`). Holds no client secret and no card.
package final class SQLitePaymentStore: PaymentStore {
  private let connection: DatabaseQueue
  private let commits: SharedCommits

  /// The payments in `directory`, which is made with mode 0700 when there is none. Blocks on the disk. Throws when the
  /// file can't be read or was written by a later version.
  package init(directory: String) throws(PaymentStoreError) {
    var configuration = Configuration()
    configuration.label = "payments"
    configuration.prepareDatabase {
      try $0.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;")
    }
    do throws(PrivateDatabaseError) {
      connection = try PrivateDatabase.open("payments.sqlite", in: directory, PaymentSchema.migrator, configuration)
    } catch {
      throw PaymentStoreError(error.message)
    }
    commits = SharedCommits(connection, label: "cascade.payments.writer")
  }

  /// Closes the file; do nothing afterwards.
  package func close() { try? connection.close() }

  /// See ``PaymentStore/insert(_:)``. O(log payments).
  package func insert(_ payment: Payment) async throws(PaymentStoreError) -> PaymentInsertion {
    try await write { database in
      if let earlier = try database.payment(where: "id = ?", Data(payment.id.bytes)) { return .exists(earlier) }
      if let quote = payment.order.quote {
        let sql = "SELECT 1 FROM payments WHERE quote = ?"
        if try Int.fetchOne(database, sql: sql, arguments: [Data(quote.bytes)]) != nil { return .quoteUsed }
      }
      var payment = payment
      let sql = "SELECT count(*) FROM payments WHERE is_unfinished = 1 AND citizen = ?"
      payment.othersOpen = try Int.fetchOne(database, sql: sql, arguments: [payment.citizen]) ?? 0
      try database.keep(payment)
      return .inserted(payment)
    }
  }

  /// See ``PaymentStore/update(_:credit:)``. O(log payments).
  package func update(_ payment: Payment, credit: DucatCredit?) async throws(PaymentStoreError) {
    try await write { database in
      try database.keep(payment)
      guard let credit else { return }
      let sql = "INSERT OR IGNORE INTO credits (id, citizen, ducats, state, attempts, due) VALUES (?, ?, ?, ?, 0, ?)"
      try database.cachedStatement(sql: sql).execute(arguments: [
        Data(credit.id.bytes), credit.citizen, credit.ducats.description, QueuedCredit.State.waiting.rawValue,
        payment.updated,
      ])
    }
  }

  /// See ``PaymentStore/payment(_:)``. O(log payments).
  package func payment(_ id: Identifier) async throws(PaymentStoreError) -> Payment? {
    try await write { try $0.payment(where: "id = ?", Data(id.bytes)) }
  }

  /// See ``PaymentStore/payment(intent:)``. O(log payments).
  package func payment(intent: String) async throws(PaymentStoreError) -> Payment? {
    try await write { try $0.payment(where: "intent = ?", intent) }
  }

  /// See ``PaymentStore/unfinished(until:after:limit:)``. O(unfinished).
  package func unfinished(
    until time: Int64, after id: Identifier?, limit: Int
  ) async throws(PaymentStoreError) -> [Payment] {
    try await write { database in
      let sql = """
        SELECT body FROM payments WHERE is_unfinished = 1 AND id > ? AND updated <= ? ORDER BY id LIMIT ?
        """
      let behind = id.map { Data($0.bytes) } ?? Data()
      return try String.fetchAll(database, sql: sql, arguments: [behind, time, limit]).map(Payment.init(kept:))
    }
  }

  /// See ``PaymentStore/insert(_:digest:now:)``. O(log events).
  package func insert(
    _ event: PaymentEvent, digest: [UInt8], now: Int64
  ) async throws(PaymentStoreError) -> EventInsertion {
    try await write { database in
      let known = try Row.fetchOne(
        database, sql: "SELECT digest, is_finished FROM events WHERE id = ?", arguments: [event.id])
      if let known {
        return Array(known["digest"] as Data) == digest ? .repeated(isFinished: known["is_finished"]) : .conflicting
      }
      let sql = "INSERT INTO events (id, digest, body, received, is_finished) VALUES (?, ?, ?, ?, 0)"
      try database.cachedStatement(sql: sql).execute(arguments: [event.id, Data(digest), event.json.text, now])
      return .inserted
    }
  }

  /// See ``PaymentStore/finish(event:)``. O(log events).
  package func finish(event id: String) async throws(PaymentStoreError) {
    try await write { try $0.execute(sql: "UPDATE events SET is_finished = 1 WHERE id = ?", arguments: [id]) }
  }

  /// See ``PaymentStore/unfinishedEvents(until:after:limit:)``. O(unfinished).
  package func unfinishedEvents(
    until time: Int64, after id: String?, limit: Int
  ) async throws(PaymentStoreError) -> [PaymentEvent] {
    try await write { database in
      let sql = "SELECT body FROM events WHERE is_finished = 0 AND id > ? AND received <= ? ORDER BY id LIMIT ?"
      return try String.fetchAll(database, sql: sql, arguments: [id ?? "", time, limit]).compactMap { body in
        try PaymentEvent(json: JSON(parsing: Array(body.utf8)))
      }
    }
  }

  /// See ``PaymentStore/dueCredits(at:limit:)``. O(limit).
  package func dueCredits(at time: Int64, limit: Int) async throws(PaymentStoreError) -> [QueuedCredit] {
    try await write { database in
      let sql = "SELECT * FROM credits WHERE state = 'waiting' AND due <= ? ORDER BY due, id LIMIT ?"
      return try Row.fetchAll(database, sql: sql, arguments: [time, limit]).map(QueuedCredit.init(row:))
    }
  }

  /// See ``PaymentStore/update(_:)``. O(log credits).
  package func update(_ credit: QueuedCredit) async throws(PaymentStoreError) {
    try await write { database in
      try database.execute(
        sql: "UPDATE credits SET state = ?, attempts = ?, due = ? WHERE id = ?",
        arguments: [credit.state.rawValue, credit.attempts, credit.due, Data(credit.credit.id.bytes)])
    }
  }

  private func write<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(PaymentStoreError) -> Value {
    do {
      return try await commits.write(body)
    } catch {
      throw PaymentStoreError("\(error)")
    }
  }
}

extension Database {
  fileprivate func payment(where condition: String, _ value: any DatabaseValueConvertible) throws -> Payment? {
    try String.fetchOne(self, sql: "SELECT body FROM payments WHERE \(condition)", arguments: [value])
      .map(Payment.init(kept:))
  }

  /// A refused payment lets go of its quote.
  fileprivate func keep(_ payment: Payment) throws {
    let sql = """
      INSERT INTO payments (id, body, quote, intent, is_unfinished, updated, citizen) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET body = excluded.body, quote = excluded.quote, intent = excluded.intent,
        is_unfinished = excluded.is_unfinished, updated = excluded.updated
      """
    let quote = payment.state == .refused ? nil : payment.order.quote.map { Data($0.bytes) }
    try cachedStatement(sql: sql).execute(arguments: [
      Data(payment.id.bytes), payment.json.text, quote, payment.intent, payment.isUnfinished, payment.updated,
      payment.citizen,
    ])
  }
}

extension Payment {
  fileprivate init(kept text: String) throws {
    guard let payment = Payment(json: try JSON(parsing: Array(text.utf8))) else {
      throw PaymentStoreError("a payment can't be read")
    }
    self = payment
  }
}

extension QueuedCredit {
  fileprivate init(row: Row) throws {
    guard let payment = Identifier(bytes: row["id"] as Data), let ducats = Amount(text: row["ducats"] as String),
      let state = State(rawValue: row["state"])
    else { throw PaymentStoreError("a credit can't be read") }
    self.init(DucatCredit(payment: payment, citizen: row["citizen"], ducats: ducats), due: row["due"])
    self.state = state
    attempts = row["attempts"]
  }
}

extension PaymentEvent {
  fileprivate var json: JSON {
    var object = JSON.Object([
      ("id", .string(id)), ("type", .string(type)), ("object_kind", .string(objectKind)),
      ("object", .string(objectID)), ("livemode", .bool(livemode)), ("created", .integer(created)),
    ])
    object["intent"] = intent.map { .string($0) }
    object["account"] = account.map { .string($0) }
    return .object(object)
  }

  fileprivate init?(json: JSON) {
    guard let id = json["id"]?.string, let type = json["type"]?.string, let kind = json["object_kind"]?.string,
      let object = json["object"]?.string, let livemode = json["livemode"]?.bool,
      let created = json["created"]?.integer
    else { return nil }
    self.init(
      id: id, type: type, objectKind: kind, objectID: object, intent: json["intent"]?.string, livemode: livemode,
      account: json["account"]?.string, created: created)
  }
}
