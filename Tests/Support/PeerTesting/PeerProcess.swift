package import Foundation
internal import TestSupport

/// A Python program of the peers that runs until the test lets go of it, and is asked line by line.
package final class PeerProcess {
  private let process = ChildProcess()
  private let input = Pipe()
  private let output = Pipe()
  private let said: URL
  private var unread = Data()

  /// Starts `python ARGUMENTS…`: a script of ``Peers/script(_:)`` first, or `-m` and a module. Throws when the Python
  /// of the peers is not there. It runs in `directory`, or in that of the test.
  package init(_ arguments: [String], environment: [String: String] = [:], directory: URL? = nil) throws {
    guard Peers.areInstalled else {
      throw PeerFailure(description: "no Python at \(Peers.python): run `make packages-peers`")
    }
    // A peer that ended while it is written to is an error of that write.
    signal(SIGPIPE, SIG_IGN)
    said = FileManager.default.temporaryDirectory.appending(path: "peer-\(UUID().uuidString).log")
    _ = FileManager.default.createFile(atPath: said.path, contents: nil)
    process.executableURL = URL(filePath: Peers.python)
    process.arguments = arguments
    if let directory { process.currentDirectoryURL = directory }
    let fixed = ["PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", "PYTHONHASHSEED": "0"]
    process.environment = ProcessInfo.processInfo.environment.merging(fixed) { $1 }.merging(environment) { $1 }
    process.standardInput = input
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: said)
    try process.run()
  }

  deinit {
    // Not by asking: a program started from a task inherits a mask that blocks such signals.
    process.kill()
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: said)
  }

  /// What it wrote to standard error so far.
  package var log: String { (try? String(contentsOf: said, encoding: .utf8)) ?? "" }

  /// Whether it runs.
  package var isRunning: Bool { process.isRunning }

  /// Sends a line and waits for the line it answers. Throws, with what it said, when it ended instead.
  package func ask(_ line: String) throws -> String {
    try send(line)
    return try answer()
  }

  /// Sends a line.
  package func send(_ line: String) throws {
    try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
  }

  /// Waits for its next line.
  package func answer() throws -> String {
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        defer { unread.removeSubrange(...end) }
        return String(decoding: unread[..<end], as: UTF8.self)
      }
      let more = output.fileHandleForReading.availableData
      if more.isEmpty {
        process.waitUntilExit()
        throw PeerFailure(description: "the peer ended with status \(process.terminationStatus): \(log)")
      }
      unread += more
    }
  }

  /// Runs one to its end with its input closed: its status and all it wrote, both outputs together.
  package static func run(
    _ arguments: [String], environment: [String: String] = [:], directory: URL? = nil
  ) throws -> (status: Int32, text: String) {
    let peer = try PeerProcess(arguments, environment: environment, directory: directory)
    try peer.input.fileHandleForWriting.close()
    let out = peer.output.fileHandleForReading.readDataToEndOfFile()
    peer.process.waitUntilExit()
    return (peer.process.terminationStatus, String(decoding: out, as: UTF8.self) + peer.log)
  }
}
