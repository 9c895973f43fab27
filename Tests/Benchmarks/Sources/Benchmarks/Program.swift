import Foundation

/// Other programs, run to their end or beside us.
enum Program {
  /// Runs a program and gives what it printed, both outputs together. Throws when it fails.
  static func run(
    _ program: String, _ arguments: [String], core: Int? = nil, anyStatus: Bool = false
  ) throws -> String {
    let process = process(program, arguments, core: core)
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if process.terminationStatus != 0 && !anyStatus {
      let command = ([program] + arguments).joined(separator: " ")
      throw BenchmarkError("\(command): status \(process.terminationStatus)\n\(text)")
    }
    return text
  }

  /// A program that is not yet running, bound to one core when `core` is given.
  static func process(_ program: String, _ arguments: [String], core: Int?) -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let pinned = core.map { ["taskset", "-c", String($0)] } ?? []
    process.arguments = pinned + [program] + arguments
    process.standardInput = FileHandle.nullDevice
    return process
  }

  /// The core for servers, and that for whoever asks them: apart where there are two.
  static let serverCore = 0
  static let clientCore = ProcessInfo.processInfo.activeProcessorCount > 1 ? 1 : 0
}

/// A server that runs while it is measured.
final class Server {
  /// Where it listens.
  let port: UInt16
  private let process: Process

  /// Starts `program` and waits until it takes connections on `port`.
  init(_ program: String, _ arguments: [String], port: UInt16, core: Int?, log: String) throws {
    self.port = port
    process = Program.process(program, arguments, core: core)
    _ = FileManager.default.createFile(atPath: log, contents: nil)
    let output = FileHandle(forWritingAtPath: log)
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let end = Date().addingTimeInterval(60)
    while process.isRunning, Date() < end {
      if let connection = try? Connection(port: port) {
        connection.close()
        return
      }
      usleep(20_000)
    }
    stop()
    let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    throw BenchmarkError("\(program) did not start:\n\(said)")
  }

  /// Ends it and waits until it is gone.
  func stop() {
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
  }

  /// Seconds of processor time that it and its children have spent.
  var processorSeconds: Double {
    let own = process.processIdentifier
    let listed = (try? String(contentsOfFile: "/proc/\(own)/task/\(own)/children", encoding: .utf8)) ?? ""
    let ticks = ([String(own)] + listed.split(separator: " ").map(String.init)).reduce(0) { $0 + Self.ticks($1) }
    return Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  private static func ticks(_ process: String) -> Int {
    let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
    // Behind the name, which may hold anything: the state is field 3, user and system time are 14 and 15.
    let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ").dropFirst()
    return fields.dropFirst(11).prefix(2).reduce(0) { $0 + (Int($1) ?? 0) }
  }

  /// Resident memory in bytes.
  var residentBytes: Int {
    let path = "/proc/\(process.processIdentifier)/status"
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    let kibibytes = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
    return (kibibytes.flatMap { Int($0) } ?? 0) << 10
  }
}

/// A directory for what a run needs.
struct WorkDirectory {
  /// Its path.
  let path: String

  /// A new directory in `parent`, by default the one for temporary files.
  init(in parent: String = NSTemporaryDirectory()) throws {
    path = URL(fileURLWithPath: parent).appendingPathComponent("cascade-benchmarks-\(getpid())").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// A path in it.
  func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file into it and gives its path.
  func write(_ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }
}
