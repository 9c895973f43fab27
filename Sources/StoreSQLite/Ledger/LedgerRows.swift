internal import Core
internal import GRDB
internal import Ledger

// Reading a ledger's tables.

extension LedgerRow {
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

extension Database {
  func head() throws -> LedgerHead {
    let last = try PlainStatement("SELECT \(LedgerRow.columns) FROM entries ORDER BY sequence DESC LIMIT 1", in: self)
    guard let row = try last.first({ LedgerRow($0) }) else { return LedgerHead() }
    let stored = try row.read()
    // What comes next follows this hash, so it must be that of what is there.
    if stored.entry.sequence != row.sequence || Entry.hash(stored.canonicalBytes) != stored.hash {
      throw StoreError(.corrupt, "entry \(row.sequence) was changed; run 'cascade ledger verify'")
    }
    // A row that was changed is no matter here: a verification names it, and no host begins with it.
    let from = (try? LedgerIdentity(reading: self))?.recordedFrom ?? 0
    return LedgerHead(
      sequence: row.sequence, timestamp: stored.entry.timestamp, hash: stored.hash, recordedFrom: from)
  }

  /// All accounts by key. Throws at the first that can't be read. O(accounts).
  func allAccounts() throws -> [Account] {
    var accounts: [Account] = []
    try forEachAccount { accounts.append(try $0.get()) }
    return accounts
  }

  /// Calls `body` with every account by key, or why it can't be read. O(accounts).
  func forEachAccount(_ body: (Result<Account, StoreError>) throws -> Void) throws {
    try PlainStatement("SELECT \(Account.columns) FROM accounts ORDER BY key", in: self).forEach { row in
      try body(Result { () throws(StoreError) in try Account(row) })
      return true
    }
  }

  /// Calls `body` with every open hold by id. O(holds).
  func forEachHold(_ body: (Hold) throws -> Void) throws {
    var last: Identifier?
    while case let page = try openHolds(after: last, limit: LedgerLimits.pageRows), let final = page.last {
      for hold in page { try body(hold) }
      last = final.id
    }
  }

  func accounts(named names: [AccountName]) throws -> [Account] {
    var accounts: [Account] = []
    for name in Set(names.prefix(LedgerLimits.pageRows)).sorted() {
      // Those of the world have a space and an asset after the name; `!` is what comes after the space.
      let range = name.isWorld ? "key >= 'world ' AND key < 'world!' ORDER BY key" : "key = ?"
      let statement = try PlainStatement("SELECT \(Account.columns) FROM accounts WHERE \(range)", in: self)
      if !name.isWorld { statement.bind(1, name.text) }
      try statement.forEach { row in
        accounts.append(try Account(row))
        return true
      }
    }
    return accounts
  }

  func accounts(after key: String?, limit: Int) throws -> [Account] {
    let sql = "SELECT \(Account.columns) FROM accounts WHERE key > ? ORDER BY key LIMIT ?"
    let statement = try PlainStatement(sql, in: self)
    // No key is empty.
    statement.bind(1, key ?? "")
    statement.bind(2, Int64(limit))
    var accounts: [Account] = []
    try statement.forEach { row in
      accounts.append(try Account(row))
      return true
    }
    return accounts
  }

  func openHolds(after id: Identifier? = nil, limit: Int = .max) throws -> [Hold] {
    let sql = """
      SELECT \(LedgerRow.columns.pieces(at: ",").map { "entries.\($0.trimmed)" }.joined(separator: ", "))
      FROM open_holds JOIN entries USING (id) WHERE id > ? ORDER BY id LIMIT ?
      """
    let statement = try PlainStatement(sql, in: self)
    // No id is empty.
    statement.bind(1, id?.bytes ?? [])
    statement.bind(2, Int64(limit))
    return try statement.all().compactMap { try Hold($0.read().entry) }
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

  func entries(naming id: Identifier, after sequence: Int64 = 0, limit: Int = .max) throws -> [StoredEntry] {
    let sql = """
      SELECT \(LedgerRow.columns) FROM entries
      WHERE (pending_id = ?1 OR reverses = ?1) AND sequence > ?2 ORDER BY sequence LIMIT ?3
      """
    let statement = try PlainStatement(sql, in: self)
    statement.bind(1, id.bytes)
    statement.bind(2, sequence)
    statement.bind(3, Int64(limit))
    return try statement.all().map { try $0.read() }
  }

  /// The rows of a query about `id`.
  private func rows(_ sql: String, _ id: Identifier) throws -> [LedgerRow] {
    let statement = try PlainStatement(sql, in: self)
    statement.bind(1, id.bytes)
    return try statement.all()
  }

  func record(_ id: Identifier) throws -> [UInt8]? {
    let statement = try PlainStatement("SELECT bytes FROM records WHERE id = ?", in: self)
    statement.bind(1, id.bytes)
    return try statement.first { $0.bytes(0) }
  }

  func records(before id: Identifier?, limit: Int) throws -> [DecisionRecord] {
    let statement = try PlainStatement(
      "SELECT id, bytes FROM records WHERE id < ? ORDER BY id DESC LIMIT ?", in: self)
    // Longer than any id, so above all of them.
    statement.bind(1, id?.bytes ?? [UInt8](repeating: 0xFF, count: 17))
    statement.bind(2, Int64(limit))
    var records: [DecisionRecord] = []
    try statement.forEach { row in
      guard let id = Identifier(bytes: row.bytes(0)) else {
        throw StoreError(.corrupt, "the id of a record was changed; run 'cascade ledger verify'")
      }
      records.append(DecisionRecord(id: id, bytes: row.bytes(1)))
      return true
    }
    return records
  }

  func rows(after sequence: Int64, limit: Int) throws -> [LedgerRow] {
    let sql = "SELECT \(LedgerRow.columns) FROM entries WHERE sequence > ? ORDER BY sequence LIMIT ?"
    let statement = try PlainStatement(sql, in: self)
    statement.bind(1, sequence)
    statement.bind(2, Int64(limit))
    return try statement.all()
  }
}

extension Database {
  /// The entries of kind 8, by an index of their own.
  func governance(after sequence: Int64, limit: Int) throws -> [StoredEntry] {
    let sql = """
      SELECT \(LedgerRow.columns) FROM entries WHERE substr(canonical, 67, 1) = x'08' AND sequence > ?
      ORDER BY sequence LIMIT ?
      """
    let statement = try PlainStatement(sql, in: self)
    statement.bind(1, sequence)
    statement.bind(2, Int64(limit))
    return try statement.all().map { try $0.read() }
  }

  func attachment(_ hash: String) throws -> [UInt8]? {
    let statement = try PlainStatement("SELECT bytes FROM attachments WHERE hash = ?", in: self)
    statement.bind(1, hash)
    return try statement.first { $0.bytes(0) }
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
