internal import Core
internal import GRDB
internal import Glibc

/// A SQLite file that is only read: beside the host that writes it, or a copy where nothing may be written.
enum ReadOnlyDatabase {
  /// Opens the file at `path`. Blocks.
  ///
  /// A file in write-ahead mode needs two others beside it, which even a reader makes. Where it can't, a file that was
  /// closed well holds everything itself and is read as one that nobody changes. Throws when the log beside it still
  /// has something to add: without it, a reader would be told less than was committed.
  static func open(_ path: String) throws -> DatabaseQueue {
    do {
      return try connect(path)
    } catch let error as DatabaseError where isAboutOpening(error) && !canWrite(beside: path) {
      guard isClosed(path) else {
        throw StoreError(
          .io, "\(path) was not closed, and its log can't be read where nothing may be written; copy all its files",
          cause: String(describing: error))
      }
      return try connect(immutable(path))
    }
  }

  /// Opens the file at `path`, which nobody changes meanwhile, and leaves nothing beside it. Blocks.
  static func unchanging(_ path: String) throws -> DatabaseQueue { try connect(immutable(path)) }

  /// Opens the file at `path` with a reading that lasts until it is rolled back. Blocks.
  static func reading(_ path: String) throws -> DatabaseQueue {
    let connection = try connect(path, allowsLongReadings: true)
    try connection.writeWithoutTransaction { database in
      try database.execute(sql: "BEGIN")
      _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema")
    }
    return connection
  }

  private static func connect(_ path: String, allowsLongReadings: Bool = false) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.allowsUnsafeTransactions = allowsLongReadings
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { database in
      try database.execute(sql: "PRAGMA wal_autocheckpoint = 0; PRAGMA trusted_schema = OFF;")
    }
    let connection = try DatabaseQueue(path: path, configuration: configuration)
    // SQLite opens the other files with the first reading.
    _ = try connection.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_schema") }
    return connection
  }

  private static func isAboutOpening(_ error: DatabaseError) -> Bool {
    [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode)
  }

  private static func canWrite(beside path: String) -> Bool {
    let directory = path.lastPlace(of: "/").map { String(path[...$0]) } ?? "."
    return unsafe access(directory, W_OK) == 0
  }

  /// Whether no log with content and no shared memory lies beside the file, as while a host has it open.
  private static func isClosed(_ path: String) -> Bool {
    var status = stat()
    let hasLog = unsafe stat(path + "-wal", &status) == 0 && status.st_size > 0
    return unsafe !hasLog && access(path + "-shm", F_OK) != 0
  }

  /// The path as a URI that says that nobody changes the file.
  private static func immutable(_ path: String) -> String {
    var uri = "file:"
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), 0x30...0x39, 0x41...0x5A,
        0x61...0x7A:
        uri.unicodeScalars.append(Unicode.Scalar(byte))
      default: uri += "%" + Hexadecimal.text([byte])
      }
    }
    return uri + "?immutable=1"
  }
}
