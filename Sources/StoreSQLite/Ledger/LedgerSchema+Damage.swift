internal import Core
internal import GRDB
internal import Ledger
internal import Platform

/// What a file must be before its rows mean anything.
extension LedgerSchema {
  /// The migrations that a file has had. Throws `corrupt` when they are not the first few of ours, in their order.
  static func applied(in database: Database) throws -> [String] {
    var applied: [String?] = []
    try PlainStatement("SELECT identifier FROM grdb_migrations ORDER BY rowid", in: database).forEach { row in
      applied.append(row.textOrNil(0))
      return true
    }
    let known = migrator.migrations
    if applied.isEmpty || known.prefix(applied.count).map(Optional.some) != applied {
      throw StoreError(.corrupt, "the list of migrations was changed")
    }
    return Array(known.prefix(applied.count))
  }

  /// What differs first from the tables, indexes and triggers that the migrations make; nil when nothing does.
  static func damage(in database: Database) throws -> String? {
    guard let last = try applied(in: database).last else { return nil }
    let fresh = try DatabaseQueue()
    try migrator.migrate(fresh, upTo: last)
    let expected = try fresh.read { try objects(in: $0) }
    let found = try objects(in: database)
    for (name, object) in expected.sorted(by: { $0.key < $1.key }) where found[name] != object {
      return "\(name) isn't as it was made"
    }
    if let name = found.keys.sorted().first(where: { expected[$0] == nil }) { return "\(name) was added" }
    for pragma in ["user_version", "application_id"] {
      if try Int.fetchOne(database, sql: "PRAGMA \(pragma)") != 0 { return "\(pragma) was changed" }
    }
    return nil
  }

  /// Everything in the schema by type and name: its row, and the texts of that as far as they are texts.
  private static func objects(in database: Database) throws -> [String: [String?]] {
    var objects: [String: [String?]] = [:]
    try PlainStatement("SELECT rowid, type, name, tbl_name, sql FROM sqlite_master", in: database).forEach { row in
      // Rows with the same name are joined, so a duplicate never equals the expected object.
      objects["\(row.text(1)) \(row.text(2))", default: []] +=
        [String(row.integer(0))] + (Int32(1)...4).map { row.textOrNil($0) } + [row.isNull(4) ? "none" : "some"]
      return true
    }
    return objects
  }

  /// What is wrong with the first bytes of a file, of which SQLite itself overlooks some; nil when nothing is. See
  /// "Database File Format", 1.3.
  static func headerDamage(path: String) throws -> String? {
    // A checkpoint may be writing them: then they are whole the next time.
    for attempt in 1...3 {
      let bytes = Array(try File.read(path, limit: 100).prefix(100))
      // All is still in the log.
      if bytes.count < 100 { return nil }
      // Format and encoding come with the first table: while all tables are still in the log, the one page has neither.
      let isEmpty = bytes[28...31].elementsEqual([0, 0, 0, 1]) && bytes[40...47].allSatisfy { $0 == 0 }
      let isConstant =
        bytes[18...19].elementsEqual([2, 2]) && bytes[44...51].elementsEqual([0, 0, 0, isEmpty ? 0 : 4, 0, 0, 0, 0])
        && bytes[56...63].elementsEqual([0, 0, 0, isEmpty ? 0 : 1, 0, 0, 0, 0])
        && bytes[68...91].allSatisfy { $0 == 0 }
      if isConstant, bytes[24...27].elementsEqual(bytes[92...95]) { return nil }
      if attempt == 3 { return "the first bytes of the file were changed" }
    }
    return nil
  }
}
