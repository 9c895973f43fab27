internal import Core
internal import GRDB
internal import Platform

/// One SQLite file of a store, and the one way to open it: for its owner alone (file 0600, directory 0700), with a
/// write-ahead log that reaches the disk at each commit.
struct StoreFile: Sendable {
  /// The directory it lies in.
  let directory: String
  /// The path of the database's file.
  let path: String

  /// How long a statement waits for another process, in seconds.
  private static let patience = 5.0

  /// The file `name` in `directory`; neither need be there.
  init(_ name: String, in directory: String) {
    self.directory = directory
    path = directory + "/" + name
  }

  /// Whether the file is there.
  var exists: Bool { File.exists(path) }

  /// Makes the directory, and the file so that only its owner may read it. SQLite's own files beside it take over these
  /// rights. Throws what the file system says.
  func make() throws {
    try Directory.make(directory)
    // Earlier versions left some of them to the process's mask.
    try File.make(path)
  }

  /// A connection that writes, whose tables are up to date by `migrator`. `prepare` runs behind the pragmas that every
  /// store has. Blocks. Throws `unsupported_version` when a later version wrote the file, else what SQLite says.
  func openForWriting(
    _ migrator: DatabaseMigrator, durability: Durability = .full,
    prepare: @escaping @Sendable (Database) throws -> Void = { _ in }
  ) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.label = path
    configuration.foreignKeysEnabled = true
    configuration.busyMode = .timeout(Self.patience)
    configuration.prepareDatabase { database in
      try database.execute(
        sql: """
          PRAGMA journal_mode = WAL;
          PRAGMA synchronous = \(durability.rawValue);
          PRAGMA trusted_schema = OFF;
          PRAGMA cell_size_check = ON;
          PRAGMA temp_store = MEMORY;
          """)
      try prepare(database)
    }
    let connection = try DatabaseQueue(path: path, configuration: configuration)
    try check(connection, migrator)
    try migrator.migrate(connection)
    return connection
  }

  /// A connection that only reads, also beside another process that writes. Blocks.
  func openForReading() throws -> DatabaseQueue { try ReadOnlyDatabase.open(path) }

  /// Throws `unsupported_version` when a later version wrote the file that `connection` reads.
  func check(_ connection: DatabaseQueue, _ migrator: DatabaseMigrator) throws {
    if try connection.read({ try migrator.hasBeenSuperseded($0) }) {
      throw StoreError(.unsupportedVersion, "a later version wrote \(path); use that one")
    }
  }
}

extension DatabaseMigrator {
  /// Migrations of nothing but SQL, in their order; one that was ever published never changes.
  init(_ steps: [(name: String, sql: String)]) {
    self.init()
    for step in steps { registerMigration(step.name) { try $0.execute(sql: step.sql) } }
  }
}
