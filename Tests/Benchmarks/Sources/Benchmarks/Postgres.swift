import Foundation

/// A PostgreSQL of our own with pgbench's tables, reached by a socket in its directory only, and gone afterwards.
/// Its durability is that of its defaults: every commit is forced to the disk.
final class Postgres {
  /// Rows of its accounts are a hundred thousand times this. pgbench asks for at least one branch per client, since
  /// clients wait for each other on the rows of branches.
  private static let scale = 256
  private let directory: String
  private let programs: String
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
    _ = try run("initdb", ["-D", "\(directory)/data", "--auth=trust", "--no-locale", "--encoding=UTF8", "--no-sync"])
    let options = [
      "listen_addresses=''", "unix_socket_directories='\(directory)'", "max_connections=\(clients + 10)",
      "shared_buffers=512MB", "wal_level=minimal", "max_wal_senders=0",
    ]
    try start(options.map { "-c \($0)" }.joined(separator: " "))
    do {
      _ = try run("createdb", ["-h", directory, "bench"])
      _ = try run("pgbench", ["-h", directory, "-i", "-I", "dtGvp", "-q", "-s", String(Self.scale), "bench"])
    } catch {
      stop()
      throw error
    }
  }

  /// The server lives on and would hold a pipe open for ever, so it gets none.
  private func start(_ flags: String) throws {
    let arguments = ["-D", "\(directory)/data", "-l", "\(directory)/log", "-w", "-o", flags, "start"]
    let command = command("pg_ctl", arguments)
    let process = Program.process(command[0], Array(command.dropFirst()), core: nil)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    if process.terminationStatus == 0 { return }
    let said = (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? ""
    throw BenchmarkError("PostgreSQL did not start:\n\(said)")
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

  /// Ends it. Its directory is its owner's to remove.
  func stop() { _ = try? run("pg_ctl", ["-D", "\(directory)/data", "-m", "immediate", "-w", "stop"]) }

  private func run(_ program: String, _ arguments: [String]) throws -> String {
    let command = command(program, arguments)
    return try Program.run(command[0], Array(command.dropFirst()))
  }

  private func command(_ program: String, _ arguments: [String]) -> [String] {
    let asOther = geteuid() == 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] : []
    return asOther + ["\(programs)/\(program)"] + arguments
  }
}
