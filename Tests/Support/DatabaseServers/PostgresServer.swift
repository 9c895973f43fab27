internal import Foundation
internal import Glibc
internal import Synchronization

/// A PostgreSQL server of the tests' own, reached by a socket in its folder.
package final class PostgresServer: Sendable {
  private let folder: ServerFolder
  private let running = Mutex<RunningServer?>(nil)
  private let number = Atomic(0)
  private static let programs = "/usr/lib/postgresql/15/bin"

  /// The server that tests share; each takes a database of its own.
  package static let shared = Result { try PostgresServer() }

  /// Starts a server on a new cluster.
  package init() throws {
    guard FileManager.default.isExecutableFile(atPath: "\(Self.programs)/initdb") else {
      throw ServerError("PostgreSQL 15 is missing; 'make packages-test' installs it")
    }
    folder = try ServerFolder("postgres", user: "postgres")
    try folder.run([
      "\(Self.programs)/initdb", "-D", "\(folder.path)/data", "-U", "cascade", "-A", "trust", "-E", "UTF8",
      "--locale=C", "--no-sync", "--no-instructions",
    ])
    try start()
  }

  /// Starts it again after ``stop(_:)``, with these settings beside those that tests have; returns when it answers.
  package func start(_ settings: [String] = []) throws {
    let program = [
      "\(Self.programs)/postgres", "-D", "\(folder.path)/data", "-k", folder.path, "-c", "listen_addresses=",
      "-c", "max_connections=200", "-c", "shared_buffers=64MB", "-c", "max_wal_size=256MB",
    ]
    let server = try folder.start(program + settings.flatMap { ["-c", $0] }, endedBy: "QUIT")
    running.withLock { $0 = server }
    for _ in 0..<300 {
      if (try? execute("SELECT 1", in: "postgres")) != nil { return }
      usleep(100_000)
    }
    throw ServerError("PostgreSQL doesn't answer: \(folder.log)")
  }

  /// The address of a new, empty database.
  package func newDatabase() throws -> String {
    let name = "test\(number.add(1, ordering: .relaxed).newValue)"
    try execute("CREATE DATABASE \(name)", in: "postgres")
    return address(name)
  }

  /// From the next connections on, asks everybody but the tests' own user for a password.
  package func askForPasswords() throws {
    let rules = Data("local all cascade trust\nlocal all all scram-sha-256\n".utf8)
    // In place, so that the file stays its owner's.
    let file = try FileHandle(forWritingTo: URL(filePath: "\(folder.path)/data/pg_hba.conf"))
    try file.truncate(atOffset: 0)
    try file.write(contentsOf: rules)
    try file.close()
    try execute("SELECT pg_reload_conf()", in: "postgres")
  }

  /// The path of its socket.
  package var socket: String { "\(folder.path)/.s.PGSQL.5432" }

  /// The address of a database.
  package func address(_ database: String) -> String { "postgresql://cascade@/\(database)?host=\(folder.path)" }

  /// Runs SQL in a database, by psql.
  package func execute(_ sql: String, in database: String) throws {
    try folder.run([
      "\(Self.programs)/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", folder.path, "-U", "cascade", "-d", database,
      "-c", sql,
    ])
  }

  /// The process of the server.
  package var process: RunningServer? { running.withLock { $0 } }
}
