internal import Core
internal import GRDB
internal import Ledger

/// The tables of a ledger file, brought up to date step by step.
enum LedgerSchema {
  /// How many migrations a file with the tree over its entries has had.
  private static let treeVersion = 5

  /// Whether a file has the tree over its entries: one that no host has opened since there is a tree has none.
  static func hasTree(_ database: Database) throws -> Bool { try applied(in: database).count >= treeVersion }

  /// The migrations; one that was ever published never changes.
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in
      try database.execute(
        sql: """
          CREATE TABLE ledger (id TEXT NOT NULL) STRICT;

          -- Never changed, only added to. What isn't canonical is there to be looked up by, and verified.
          CREATE TABLE entries (
            sequence INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE,
            pending_id BLOB UNIQUE,
            reverses BLOB,
            canonical BLOB NOT NULL,
            hash BLOB NOT NULL,
            balances BLOB NOT NULL
          ) STRICT;
          CREATE INDEX entries_reverses ON entries (reverses) WHERE reverses IS NOT NULL;

          CREATE TABLE refusals (id BLOB PRIMARY KEY, reason TEXT NOT NULL, hash BLOB NOT NULL) STRICT, WITHOUT ROWID;

          -- What the entries come to.
          CREATE TABLE accounts (
            key TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            asset TEXT,
            debits_pending INTEGER NOT NULL CHECK (debits_pending >= 0),
            debits_posted INTEGER NOT NULL CHECK (debits_posted >= 0),
            credits_pending INTEGER NOT NULL CHECK (credits_pending >= 0),
            credits_posted INTEGER NOT NULL CHECK (credits_posted >= 0),
            floor INTEGER NOT NULL CHECK (floor <= 0),
            closed INTEGER NOT NULL,
            version INTEGER NOT NULL
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE open_holds (id BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;

          CREATE TABLE records (id BLOB PRIMARY KEY, bytes BLOB NOT NULL, hash BLOB NOT NULL) STRICT;
          """)
    }
    migrator.registerMigration("2") { database in
      try database.execute(
        sql: """
          -- How many refusals and records there are and what their hashes sum up to, and the hash of the whole row.
          ALTER TABLE ledger ADD COLUMN tally BLOB NOT NULL DEFAULT (x'');
          ALTER TABLE ledger ADD COLUMN hash BLOB NOT NULL DEFAULT (x'');
          """)
      guard let id = try String.fetchOne(database, sql: "SELECT id FROM ledger") else { return }
      var identity = LedgerIdentity(id: id)
      try database.forEachHash(in: "refusals") { identity.refusals.add($0) }
      try database.forEachHash(in: "records") { identity.records.add($0) }
      try identity.update(in: database)
    }
    migrator.registerMigration("3") { database in
      // From here on entries name the records of their decisions; those that are there stay as they are.
      if try Int.fetchOne(database, sql: "SELECT count(*) FROM ledger") == 0 { return }
      var identity = try LedgerIdentity(reading: database)
      identity.uncovered = identity.records
      try identity.update(in: database)
    }
    migrator.registerMigration("4") { database in
      try database.execute(
        sql: """
          -- What statements have beside their entries, which name it.
          CREATE TABLE attachments (hash TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
          -- Byte 67 of the canonical bytes is the entry's kind, and 8 is governance.
          CREATE INDEX entries_governance ON entries (sequence) WHERE substr(canonical, 67, 1) = x'08';
          """)
    }
    migrator.registerMigration("5") { database in
      try database.execute(
        sql: """
          -- The tree over the entries: which of its nodes each second entry completes, the lowest first, 32 bytes each.
          CREATE TABLE tree (sequence INTEGER PRIMARY KEY, nodes BLOB NOT NULL) STRICT;
          """)
      try database.buildTree()
    }
    return migrator
  }
}

extension Database {
  /// Calls `body` with the hash of each row of a table that has some.
  fileprivate func forEachHash(in table: String, _ body: ([UInt8]) -> Void) throws {
    try PlainStatement("SELECT hash FROM \(table)", in: self).forEach { row in
      body(row.bytes(0))
      return true
    }
  }
}
