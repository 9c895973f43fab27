internal import Core
internal import GRDB
internal import Ledger

extension LedgerIdentity {
  /// What a ledger file says. Throws `corrupt` when that isn't one row, or was changed.
  init(reading database: Database) throws {
    var rows: [LedgerIdentity?] = []
    try PlainStatement("SELECT id, tally, hash FROM ledger", in: database).forEach { row in
      rows.append(LedgerIdentity(row))
      return true
    }
    guard rows.count == 1 else { throw StoreError(.corrupt, "there are \(rows.count) names of the ledger, not one") }
    guard let identity = rows[0] else { throw StoreError(.corrupt, "the name of the ledger or its tally was changed") }
    self = identity
  }

  private init?(_ row: PlainRow) {
    guard let id = row.textOrNil(0) else { return nil }
    self.init(id: id, tally: row.bytes(1), hash: row.bytes(2))
  }

  /// Adds the row to a file without one.
  func insert(into database: Database) throws {
    try write("INSERT INTO ledger (id, tally, hash) VALUES (?1, ?2, ?3)", database)
  }

  /// Writes the tallies as they are now.
  func update(in database: Database) throws {
    try write("UPDATE ledger SET tally = ?2, hash = ?3 WHERE id = ?1", database)
  }

  private func write(_ sql: String, _ database: Database) throws {
    let statement = try PlainStatement(sql, in: database)
    statement.bind(1, id)
    statement.bind(2, tally)
    statement.bind(3, hash)
    try statement.run()
  }
}
