internal import Core
internal import GRDB
internal import TrustGraph

/// The tables, and what one change does to them.
enum GraphSchema {
  static var migrator: DatabaseMigrator {
    DatabaseMigrator([
      (
        "citizens and relationships",
        """
        CREATE TABLE graph (version INTEGER NOT NULL) STRICT;
        INSERT INTO graph (version) VALUES (1);
        CREATE TABLE citizen (node INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE relationship (
          first INTEGER NOT NULL REFERENCES citizen, second INTEGER NOT NULL REFERENCES citizen,
          trust REAL, strength REAL NOT NULL, last TEXT NOT NULL,
          PRIMARY KEY (first, second), CHECK (first < second)
        ) STRICT, WITHOUT ROWID;
        """
      ),
      ("marks", "CREATE TABLE mark (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"),
      (
        "versions",
        """
        -- The version of the graph that last changed a row: what another host hasn't seen yet.
        ALTER TABLE citizen ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE relationship ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
        UPDATE citizen SET version = (SELECT version FROM graph);
        UPDATE relationship SET version = (SELECT version FROM graph);
        CREATE INDEX citizen_version ON citizen (version);
        CREATE INDEX relationship_version ON relationship (version);
        """
      ),
    ])
  }

  /// Everything. O(n + m).
  static func load(_ database: Database) throws -> StoredGraph {
    let citizens = try database.all("SELECT name FROM citizen ORDER BY node") { $0.text(0) }
    let relationships = try database.all(
      "SELECT first, second, trust, strength, last FROM relationship ORDER BY first, second"
    ) { row in
      let (first, second) = (Int(row.integer(0)), Int(row.integer(1)))
      guard citizens.indices.contains(first), citizens.indices.contains(second) else {
        throw StoreError(.corrupt, "a relationship names a citizen that isn't stored")
      }
      return try relationship(citizens[first], citizens[second], row)
    }
    return StoredGraph(
      version: try version(database), citizens: citizens, relationships: relationships, marks: try marks(database))
  }

  /// What versions after `version` changed, about `limit` rows of it. O(rows · log m).
  static func changes(after version: Int, limit: Int, in database: Database) throws -> SnapshotChange {
    let stored = try self.version(database)
    var change = SnapshotChange(from: version, to: version, marks: try marks(database))
    if stored <= version { return change }
    change.to = try end(after: version, limit: limit, in: database) ?? stored
    change.citizens = try database.all(
      "SELECT name FROM citizen WHERE version > ? AND version <= ? ORDER BY node", version, change.to
    ) { $0.text(0) }
    let sql = """
      SELECT one.name, other.name, trust, strength, last FROM relationship
      JOIN citizen AS one ON one.node = first JOIN citizen AS other ON other.node = second
      WHERE relationship.version > ? AND relationship.version <= ? ORDER BY first, second
      """
    change.relationships = try database.all(sql, version, change.to) { row in
      try relationship(row.text(0), row.text(1), row)
    }
    return change
  }

  /// The last version whose rows still belong to the first `limit` after `version`, at least one version; nil when
  /// there are no more than that.
  private static func end(after version: Int, limit: Int, in database: Database) throws -> Int? {
    let sql = """
      SELECT version FROM (
        SELECT version FROM citizen WHERE version > ?1 UNION ALL SELECT version FROM relationship WHERE version > ?1)
      ORDER BY version LIMIT 1 OFFSET ?2
      """
    guard let beyond = try database.first(sql, version, limit, read: { Int($0.integer(0)) }) else { return nil }
    let first = try database.first(sql, version, 0) { Int($0.integer(0)) } ?? beyond
    return first < beyond ? beyond - 1 : beyond
  }

  private static func relationship(_ first: String, _ second: String, _ row: PlainRow) throws -> Relationship {
    try Relationship(
      first, second, trust: row.doubleOrNil(2), strength: row.double(3), lastInteraction: row.text(4))
  }

  /// What else is known of the graph; nothing in a file that no host opened since there are marks.
  private static func marks(_ database: Database) throws -> [String: String] {
    guard try database.tableExists("mark") else { return [:] }
    let marks = try database.all("SELECT name, value FROM mark") { ($0.text(0), $0.text(1)) }
    return Dictionary(marks) { $1 }
  }

  /// The version of the snapshot that was stored last.
  private static func version(_ database: Database) throws -> Int {
    guard let version = try database.first("SELECT version FROM graph", read: { Int($0.integer(0)) }) else {
      throw StoreError(.corrupt, "the graph has no version")
    }
    return version
  }

  /// Applies a change inside a transaction. O(change · log m).
  static func apply(_ change: SnapshotChange, to database: Database) throws {
    if change.hasZeroByte { throw StoreError.zeroByte }
    let stored = try version(database)
    if stored != change.from { throw StoreError.overtaken(stored: stored, expected: change.from) }
    var next = try database.first("SELECT count(*) FROM citizen") { Int($0.integer(0)) } ?? 0
    for name in change.citizens {
      guard try database.first("SELECT 1 FROM citizen WHERE name = ?", name, read: { _ in true }) == nil else {
        throw StoreError.stored(name)
      }
      try database.run("INSERT INTO citizen (node, name, version) VALUES (?, ?, ?)", next, name, change.to)
      next += 1
    }
    for relationship in change.relationships {
      let nodes = try [relationship.citizen1, relationship.citizen2].map { try node(of: $0, database) }.sorted()
      try database.run(
        """
        INSERT INTO relationship (first, second, trust, strength, last, version) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (first, second) DO UPDATE SET trust = excluded.trust, strength = excluded.strength,
          last = excluded.last, version = excluded.version
        """, nodes[0], nodes[1], relationship.trust, relationship.strength, relationship.lastInteraction, change.to)
    }
    for (name, value) in change.marks {
      try database.run(
        "INSERT INTO mark (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name,
        value)
    }
    try database.run("UPDATE graph SET version = ?", change.to)
  }

  private static func node(of name: String, _ database: Database) throws -> Int {
    guard let node = try database.first("SELECT node FROM citizen WHERE name = ?", name, read: { Int($0.integer(0)) })
    else { throw StoreError.stranger(name) }
    return node
  }
}
