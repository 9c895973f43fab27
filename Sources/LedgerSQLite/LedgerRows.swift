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

  init(_ row: PlainRow) {
    self.init(
      sequence: row.integer(0), id: row.bytes(1), pendingID: row.bytesOrNil(2), reverses: row.bytesOrNil(3),
      canonicalBytes: row.bytes(4), hash: row.bytes(5), balanceBytes: row.bytes(6))
  }

  /// Becomes another row and keeps its memory.
  mutating func read(_ row: PlainRow) {
    sequence = row.integer(0)
    row.read(1, into: &id)
    pendingID = row.bytesOrNil(2)
    reverses = row.bytesOrNil(3)
    row.read(4, into: &canonicalBytes)
    row.read(5, into: &hash)
    row.read(6, into: &balanceBytes)
  }
}

extension Account {
  /// Nil when a name or asset isn't one, or the key isn't that of both.
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
    if key.text != (row["key"] as String) { return nil }
  }
}

extension Database {
  func head() throws -> LedgerHead {
    let last = try PlainStatement("SELECT \(LedgerRow.columns) FROM entries ORDER BY sequence DESC LIMIT 1", in: self)
    guard let row = try last.first({ LedgerRow($0) }) else { return LedgerHead() }
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
    return try rows(sql).compactMap { try Hold($0.read().entry) }
  }

  func entry(_ id: Identifier) throws -> StoredEntry? {
    try rows("SELECT \(LedgerRow.columns) FROM entries WHERE id = ?", id).first?.read()
  }

  func resolution(of id: Identifier) throws -> Resolution? {
    try rows("SELECT \(LedgerRow.columns) FROM entries WHERE pending_id = ?", id).first
      .flatMap { try Resolution($0.read().entry) }
  }

  func reversals(of id: Identifier) throws -> [StoredEntry] {
    try rows("SELECT \(LedgerRow.columns) FROM entries WHERE reverses = ? ORDER BY sequence", id).map { try $0.read() }
  }

  func entries(naming id: Identifier) throws -> [StoredEntry] {
    let sql = "SELECT \(LedgerRow.columns) FROM entries WHERE pending_id = ?1 OR reverses = ?1 ORDER BY sequence"
    return try rows(sql, id).map { try $0.read() }
  }

  /// The rows of a query about `id`.
  private func rows(_ sql: String, _ id: Identifier? = nil) throws -> [LedgerRow] {
    let statement = try PlainStatement(sql, in: self)
    if let id { statement.bind(1, id.bytes) }
    return try statement.all()
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
    let statement = try PlainStatement(sql, in: self)
    statement.bind(1, sequence)
    statement.bind(2, Int64(limit))
    return try statement.all()
  }
}

extension PlainStatement {
  /// The rows of a query for ``LedgerRow/columns``.
  func all() throws -> [LedgerRow] {
    var rows: [LedgerRow] = []
    try forEach { row in
      rows.append(LedgerRow(row))
      return true
    }
    return rows
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
