internal import Core
internal import Foundation
internal import GRDB
internal import Ledger

// Reading a ledger's tables.

extension Data {
  var array: [UInt8] { Array(self) }
}

extension Identifier {
  var data: Data { Data(bytes) }
}

extension LedgerRow {
  static let columns = "sequence, id, pending_id, reverses, canonical, hash, balances"

  init(_ row: Row) {
    self.init(
      sequence: row[0], id: (row[1] as Data).array, pendingID: (row[2] as Data?)?.array,
      reverses: (row[3] as Data?)?.array, canonicalBytes: (row[4] as Data).array, hash: (row[5] as Data).array,
      balanceBytes: (row[6] as Data).array)
  }
}

extension Account {
  /// Nil when a name or asset isn't one.
  init?(_ row: Row) {
    guard let name = AccountName(row["name"] as String) else { return nil }
    let asset = (row["asset"] as String?).map { Asset($0) }
    if case .some(.none) = asset { return nil }
    self.init(name: name, asset: asset ?? nil)
    totals.debitsPending = row["debits_pending"]
    totals.debitsPosted = row["debits_posted"]
    totals.creditsPending = row["credits_pending"]
    totals.creditsPosted = row["credits_posted"]
    floor = row["floor"]
    isClosed = row["closed"]
    version = row["version"]
  }
}

extension Database {
  func head() throws -> LedgerHead {
    let sql = "SELECT \(LedgerRow.columns) FROM entries ORDER BY sequence DESC LIMIT 1"
    guard let row = try Row.fetchOne(cachedStatement(sql: sql)).map({ LedgerRow($0) }) else { return LedgerHead() }
    let stored = try row.read()
    return LedgerHead(sequence: row.sequence, timestamp: stored.entry.timestamp, hash: stored.hash)
  }

  func allAccounts() throws -> [Account] {
    try Row.fetchAll(self, sql: "SELECT * FROM accounts ORDER BY key").map { try $0.account() }
  }

  func accounts(named name: AccountName) throws -> [Account] {
    let (sql, arguments): (String, StatementArguments) =
      name.isWorld
      ? ("SELECT * FROM accounts WHERE key >= 'world ' AND key < 'world!' ORDER BY key", [])
      : ("SELECT * FROM accounts WHERE key = ?", [name.text])
    return try Row.fetchAll(cachedStatement(sql: sql), arguments: arguments).map { try $0.account() }
  }

  func openHolds() throws -> [Hold] {
    let sql = """
      SELECT \(LedgerRow.columns.split(separator: ", ").map { "entries.\($0)" }.joined(separator: ", "))
      FROM open_holds JOIN entries USING (id) ORDER BY id
      """
    return try Row.fetchAll(self, sql: sql).compactMap { try Hold(LedgerRow($0).read().entry) }
  }

  func entry(_ id: Identifier) throws -> StoredEntry? {
    let sql = "SELECT \(LedgerRow.columns) FROM entries WHERE id = ?"
    return try Row.fetchOne(cachedStatement(sql: sql), arguments: [id.data]).map { try LedgerRow($0).read() }
  }

  func resolution(of id: Identifier) throws -> Resolution? {
    let sql = "SELECT \(LedgerRow.columns) FROM entries WHERE pending_id = ?"
    return try Row.fetchOne(cachedStatement(sql: sql), arguments: [id.data])
      .flatMap { try Resolution(LedgerRow($0).read().entry) }
  }

  func reversals(of id: Identifier) throws -> [StoredEntry] {
    let sql = "SELECT \(LedgerRow.columns) FROM entries WHERE reverses = ? ORDER BY sequence"
    return try Row.fetchAll(cachedStatement(sql: sql), arguments: [id.data]).map { try LedgerRow($0).read() }
  }

  func entries(naming id: Identifier) throws -> [StoredEntry] {
    let sql = "SELECT \(LedgerRow.columns) FROM entries WHERE pending_id = :id OR reverses = :id ORDER BY sequence"
    return try Row.fetchAll(cachedStatement(sql: sql), arguments: ["id": id.data]).map { try LedgerRow($0).read() }
  }

  func refusal(_ id: Identifier) throws -> RefusalReason? {
    let statement = try cachedStatement(sql: "SELECT reason FROM refusals WHERE id = ?")
    guard let text = try String.fetchOne(statement, arguments: [id.data]) else { return nil }
    guard let reason = RefusalReason(rawValue: text) else {
      throw LedgerError(.corrupt, "the refusal of \(id) has an unknown reason")
    }
    return reason
  }

  func record(_ id: Identifier) throws -> [UInt8]? {
    let statement = try cachedStatement(sql: "SELECT bytes FROM records WHERE id = ?")
    return try Data.fetchOne(statement, arguments: [id.data])?.array
  }

  func records(before id: Identifier?, limit: Int) throws -> [DecisionRecord] {
    // Longer than any id, so above all of them.
    let bound = id?.data ?? Data(repeating: 0xFF, count: 17)
    let sql = "SELECT id, bytes FROM records WHERE id < ? ORDER BY id DESC LIMIT ?"
    return try Row.fetchAll(cachedStatement(sql: sql), arguments: [bound, limit]).compactMap { row in
      Identifier(bytes: row[0] as Data).map { DecisionRecord(id: $0, bytes: (row[1] as Data).array) }
    }
  }

  func rows(after sequence: Int64, limit: Int) throws -> [LedgerRow] {
    let sql = "SELECT \(LedgerRow.columns) FROM entries WHERE sequence > ? ORDER BY sequence LIMIT ?"
    return try Row.fetchAll(cachedStatement(sql: sql), arguments: [sequence, limit]).map { LedgerRow($0) }
  }
}

extension LedgerRow {
  func read() throws(LedgerError) -> StoredEntry {
    guard let stored else {
      throw LedgerError(.corrupt, "entry \(sequence) can't be read; run 'cascade ledger verify'")
    }
    return stored
  }
}

extension Row {
  fileprivate func account() throws(LedgerError) -> Account {
    guard let account = Account(self) else { throw LedgerError(.corrupt, "an account can't be read") }
    return account
  }
}
