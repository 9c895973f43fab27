internal import GRDB
internal import TrustGraph

/// The tables, and what one change does to them.
enum GraphSchema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("citizens and relationships") { database in
      try database.execute(
        sql: """
          CREATE TABLE graph (version INTEGER NOT NULL) STRICT;
          INSERT INTO graph (version) VALUES (1);
          CREATE TABLE citizen (node INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
          CREATE TABLE relationship (
            first INTEGER NOT NULL REFERENCES citizen, second INTEGER NOT NULL REFERENCES citizen,
            trust REAL, strength REAL NOT NULL, last TEXT NOT NULL,
            PRIMARY KEY (first, second), CHECK (first < second)
          ) STRICT, WITHOUT ROWID;
          """)
    }
    migrator.registerMigration("marks") { database in
      try database.execute(sql: "CREATE TABLE mark (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;")
    }
    return migrator
  }

  /// What else is known of the graph; nothing in a file that no host opened since there are marks.
  static func marks(_ database: Database) throws -> [String: String] {
    guard try database.tableExists("mark") else { return [:] }
    var marks: [String: String] = [:]
    for row in try Row.fetchAll(database, sql: "SELECT name, value FROM mark") { marks[row[0]] = row[1] }
    return marks
  }

  /// The version of the snapshot that was stored last.
  static func version(_ database: Database) throws -> Int {
    guard let version = try Int.fetchOne(database, sql: "SELECT version FROM graph") else {
      throw GraphError(.storage, "the graph has no version")
    }
    return version
  }

  /// Applies a change inside a transaction. O(change · log m).
  static func apply(_ change: SnapshotChange, to database: Database) throws {
    let stored = try version(database)
    if stored != change.from { throw GraphError.conflict(stored: stored, expected: change.from) }
    var next = try Int.fetchOne(database, sql: "SELECT count(*) FROM citizen") ?? 0
    for name in change.citizens {
      try database.cachedStatement(sql: "INSERT INTO citizen (node, name) VALUES (?, ?)")
        .execute(arguments: [next, name])
      next += 1
    }
    for relationship in change.relationships {
      let nodes = try [relationship.citizen1, relationship.citizen2].map { try node(of: $0, database) }.sorted()
      try database.cachedStatement(
        sql: """
          INSERT INTO relationship (first, second, trust, strength, last) VALUES (?, ?, ?, ?, ?)
          ON CONFLICT (first, second) DO UPDATE SET
            trust = excluded.trust, strength = excluded.strength, last = excluded.last
          """
      ).execute(
        arguments: [
          nodes[0], nodes[1], relationship.trust, relationship.strength, relationship.lastInteraction,
        ])
    }
    for (name, value) in change.marks {
      try database.execute(
        sql: "INSERT INTO mark (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        arguments: [name, value])
    }
    try database.execute(sql: "UPDATE graph SET version = ?", arguments: [change.to])
  }

  private static func node(of name: String, _ database: Database) throws -> Int {
    let statement = try database.cachedStatement(sql: "SELECT node FROM citizen WHERE name = ?")
    guard let node = try Int.fetchOne(statement, arguments: [name]) else {
      throw GraphError(.storage, "a relationship of one who is no citizen can't be stored")
    }
    return node
  }
}
