import Core
import Foundation
import TestSupport

/// A `cascade serve` that runs until the test lets go of it.
final class RunningServer {
  let process = ChildProcess()
  private(set) var api = ""
  private(set) var decisions = ""
  /// What it said at its start.
  private(set) var said = ""
  private let out: FileHandle
  private let log: URL

  /// Starts a host on free ports and waits until it serves; no file it writes may have over `fileKiB`, when that is
  /// given. On a terminal, what it says goes to a pseudo-terminal instead of a pipe. Throws what it said when it
  /// doesn't serve.
  init(
    _ scratch: Scratch, _ arguments: [String] = [], environment: [String: String] = [:], fileKiB: Int? = nil,
    onTerminal: Bool = false, executable: String = Program.path, standardError: FileHandle? = nil
  ) throws {
    let (reading, writing) = try onTerminal ? Self.terminal() : Self.pipe()
    out = reading
    log = scratch.url.appending(path: "serve-\(UUID().uuidString).log")
    _ = FileManager.default.createFile(atPath: log.path(), contents: nil)
    var program = [executable]
    if let fileKiB {
      // In blocks of 512 bytes; a write beyond them fails, as on a full disk, and doesn't end the process.
      program = ["/bin/sh", "-c", #"trap '' XFSZ; ulimit -S -f \#(2 * fileKiB); exec "$0" "$@""#] + program
    }
    process.executableURL = URL(filePath: program[0])
    process.arguments =
      program.dropFirst() + [
        "serve", "--rulebook", scratch.url.path(), "--data", scratch.url.appending(path: "data").path(),
        "--api", "127.0.0.1:0", "--decisions", "127.0.0.1:0", "--lanes", "2",
      ] + arguments
    // The model of the platform and a demonstration's citizens keep decisions of their own, which a test that counts
    // records doesn't expect.
    let quiet = ["CASCADE_AWARENESS": "0", "CASCADE_QUIET_DEMO": "1"]
    process.environment = quiet.merging(ProcessInfo.processInfo.environment) { $1 }.merging(environment) { $1 }
    process.standardOutput = writing
    process.standardError = try standardError ?? FileHandle(forWritingTo: log)
    try process.run()
    // While this end is open here, reading wouldn't end with the host.
    try writing.close()
    try readAddresses()
  }

  deinit { if process.isRunning { process.terminate() } }

  private static func pipe() -> (FileHandle, FileHandle) {
    let pipe = Pipe()
    return (pipe.fileHandleForReading, pipe.fileHandleForWriting)
  }

  private static func terminal() throws -> (FileHandle, FileHandle) {
    // As posix_openpt, unlockpt and ptsname do it, which need a macro that Swift doesn't set: TIOCSPTLCK and TIOCGPTN.
    let master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var (locked, number): (CInt, CInt) = (0, 0)
    guard master >= 0, ioctl(master, 0x4004_5431, &locked) == 0, ioctl(master, 0x8004_5430, &number) == 0 else {
      throw ServerFailure(said: "no terminal")
    }
    let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    guard slave >= 0 else { throw ServerFailure(said: "no terminal") }
    return (FileHandle(fileDescriptor: master, closeOnDealloc: true), FileHandle(fileDescriptor: slave))
  }

  private func readAddresses() throws {
    var text = ""
    while !text.contains("Try: ") {
      let bytes = out.availableData
      if bytes.isEmpty { throw ServerFailure(said: text + ((try? String(contentsOf: log, encoding: .utf8)) ?? "")) }
      text += String(decoding: bytes, as: UTF8.self)
    }
    // A terminal ends lines in its own way.
    said = text.replacing("\r\n", with: "\n")
    for line in said.split(separator: "\n") {
      guard let scheme = line.firstRange(of: "http://") else { continue }
      let address = String(line[scheme.upperBound...].prefix { !$0.isWhitespace && $0 != "/" })
      if line.hasPrefix("API") { api = address }
      if line.hasPrefix("Decisions") { decisions = address }
    }
  }

  /// Asks it to stop and waits; its exit code.
  func stop() -> Int32 {
    process.terminate()
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// What it logged so far.
  var logged: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

  /// Makes a decision; the whole answer.
  func decide(_ point: String, _ input: String) throws -> JSON {
    try curl(["-d", "{\"input\":\(input)}", "http://\(decisions)/v1/decisions/\(point)"])
  }

  /// What `GET /v1/rulebook` says.
  func rulebook() throws -> JSON { try curl(["http://\(api)/v1/rulebook"]) }

  /// What was answered to a request.
  struct Answer {
    var status: Int
    var retryAfter: String
    var body: [UInt8]
    var json: JSON { (try? JSON(parsing: body, limits: JSON.ParsingLimits(bytes: 64 << 20, depth: 80))) ?? .null }
  }

  /// Runs curl; the answer's status, its Retry-After and its body as it came.
  func ask(_ arguments: [String]) throws -> Answer {
    let bytes = try output(["-w", "\n%header{retry-after} %{http_code}"] + arguments)
    let end = bytes.lastIndex(of: UInt8(ascii: "\n")) ?? bytes.startIndex
    let tail = String(decoding: bytes[end...].dropFirst(), as: UTF8.self).split(
      separator: " ", omittingEmptySubsequences: false)
    return Answer(
      status: tail.last.flatMap { Int($0) } ?? 0, retryAfter: tail.first.map(String.init) ?? "",
      body: Array(bytes[..<end]))
  }

  /// Runs curl and reads its output as JSON.
  func curl(_ arguments: [String]) throws -> JSON { try JSON(parsing: try output(arguments)) }

  /// The operator's token as a header for curl.
  func authorization(_ scratch: Scratch) throws -> [String] {
    let ending = try Program.run(["token", "operator", "--data", scratch.url.appending(path: "data").path()])
    return ["-H", "Authorization: Bearer \(ending.out.prefix { $0 != "\n" })"]
  }

  /// Has an operator give so much of DUC/2 from `world` to an account, by a transfer of this id.
  func give(
    _ minor: Int64 = 1, to account: String = "citizen:a", id: String, as authorization: [String]
  ) throws -> Answer {
    let event: JSON = [
      "id": .string(id), "kind": "posted", "from": "world", "to": .string(account),
      "amount": ["asset": "DUC/2", "minor": .integer(minor)],
    ]
    let body = (["events": [event]] as JSON).text
    return try ask(authorization + ["-d", body, "http://\(api)/v1/ledger/transfers"])
  }

  /// The status of the answer to a request of the API port.
  func status(_ arguments: [String], _ path: String) throws -> Int {
    Int(try text(["-o", "/dev/null", "-w", "%{http_code}"] + arguments + ["http://\(api)\(path)"])) ?? 0
  }

  /// Runs curl; its output as text.
  func text(_ arguments: [String]) throws -> String { String(decoding: try output(arguments), as: UTF8.self) }

  private func output(_ arguments: [String]) throws -> [UInt8] {
    let process = ChildProcess()
    process.executableURL = URL(filePath: "/usr/bin/curl")
    process.arguments = ["-s", "--max-time", "60"] + arguments
    let out = Pipe()
    process.standardOutput = out
    try process.run()
    let bytes = out.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Array(bytes)
  }
}

/// A host that did not start.
struct ServerFailure: Error, CustomStringConvertible {
  var said: String
  var description: String { "the host did not start: \(said)" }
}
