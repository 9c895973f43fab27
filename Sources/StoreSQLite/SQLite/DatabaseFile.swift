package import Core
internal import GRDB
package import Ledger

/// Looks into a database's file that nobody has open, without leaving anything beside it.
package enum DatabaseFile {
  /// Throws when the file isn't one that SQLite can read. Blocks. O(1).
  package static func check(_ path: String) throws(StoreError) {
    try reading(path) { _ = try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_schema") }
  }

  /// The ledger in the file: its name, and where it ends. Blocks. O(1).
  package static func ledger(_ path: String) throws(StoreError) -> (id: String, head: LedgerHead) {
    try reading(path) { database in
      guard let id = try String.fetchOne(database, sql: "SELECT id FROM ledger") else {
        throw StoreError(.corrupt, "the ledger in \(path) has no name")
      }
      return (id, try database.head())
    }
  }

  /// Rows of the ledger in the file, after `sequence`. Blocks. O(limit).
  package static func rows(_ path: String, after sequence: Int64, limit: Int) throws(StoreError) -> [LedgerRow] {
    try reading(path) { try $0.rows(after: sequence, limit: min(limit, LedgerLimits.pageRows)) }
  }

  private static func reading<Value>(
    _ path: String, _ body: (Database) throws -> Value
  ) throws(StoreError) -> Value {
    do {
      let connection = try ReadOnlyDatabase.unchanging(path)
      defer { try? connection.close() }
      return try connection.read(body)
    } catch {
      throw StoreError(error, while: "reading \(path)")
    }
  }
}
