import Foundation

/// A PostgreSQL of our own with pgbench's tables, reached by a socket in its directory only, and gone afterwards.
/// Its durability is that of its defaults: every commit is forced to the disk.
final class Postgres {
  /// Rows of its accounts are a hundred thousand times this. pgbench asks for at least one branch per client, since
  /// clients wait for each other on the rows of branches.
  private static let scale = 256
  private let directory: String
  private let programs: String
  private let server: Process
  /// Its name and version.
  let version: String

  /// Starts it in a new directory in `disk`. PostgreSQL refuses root, so root gives way to the user `postgres`.
  init(in disk: WorkDirectory, clients: Int) throws {
    let root = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    guard let newest = versions.compactMap({ Int($0) }).max() else {
      throw BenchmarkError("PostgreSQL is missing; 'make packages-bench' installs it")
    }
    programs = "\(root)/\(newest)/bin"
    version = "PostgreSQL \(newest)"
    directory = disk.file("postgres")
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    if geteuid() == 0 { _ = try Program.run("chown", ["postgres", directory]) }
    let begin = Self.command(
      programs, "initdb", ["-D", "\(directory)/data", "--auth=trust", "--no-locale", "--encoding=UTF8", "--no-sync"])
    _ = try Program.run(begin[0], Array(begin.dropFirst()))
    let settings = [
      "listen_addresses=", "unix_socket_directories=\(directory)", "max_connections=\(clients + 10)",
      "shared_buffers=512MB", "wal_level=minimal", "max_wal_senders=0",
    ]
    let command = Self.command(programs, "postgres", ["-D", "\(directory)/data"] + settings.flatMap { ["-c", $0] })
    server = Program.process(command[0], Array(command.dropFirst()), core: nil)
    let log = disk.file("postgres.log")
    _ = FileManager.default.createFile(atPath: log, contents: nil)
    server.standardOutput = FileHandle(forWritingAtPath: log)
    server.standardError = server.standardOutput
    try server.run()
    do {
      try waitUntilReady(log)
      _ = try run("createdb", ["-h", directory, "bench"])
      _ = try run("pgbench", ["-h", directory, "-i", "-I", "dtGvp", "-q", "-s", String(Self.scale), "bench"])
    } catch {
      stop()
      throw error
    }
  }

  private func waitUntilReady(_ log: String) throws {
    let end = Date().addingTimeInterval(60)
    while server.isRunning, Date() < end {
      if (try? run("pg_isready", ["-q", "-h", directory])) != nil { return }
      usleep(50_000)
    }
    throw BenchmarkError("PostgreSQL did not start:\n\((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
  }

  /// Transactions a second that `clients` get through.
  func rate(clients: Int, seconds: Int) throws -> Double {
    let text = try run(
      "pgbench",
      ["-h", directory, "-n", "-M", "prepared", "-c", String(clients), "-j", "2", "-T", String(seconds), "bench"])
    let line = text.split(separator: "\n").first { $0.hasPrefix("tps = ") }
    guard let rate = line?.split(separator: " ").dropFirst(2).first.flatMap({ Double($0) }) else {
      throw BenchmarkError("pgbench says: \(text)")
    }
    return rate
  }

  /// Ends it and waits until it is gone.
  func stop() {
    if server.isRunning { server.interrupt() }
    server.waitUntilExit()
  }

  private func run(_ program: String, _ arguments: [String]) throws -> String {
    let command = Self.command(programs, program, arguments)
    return try Program.run(command[0], Array(command.dropFirst()))
  }

  private static func command(_ programs: String, _ program: String, _ arguments: [String]) -> [String] {
    let asOther = geteuid() == 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] : []
    return asOther + ["\(programs)/\(program)"] + arguments
  }
}
