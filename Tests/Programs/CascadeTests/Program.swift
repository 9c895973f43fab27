import Core
import Dispatch
import Foundation
import TestSupport

/// The built program, run as its users run it.
struct Program {
  /// How a run ended.
  struct Ending {
    var code: Int32
    var out: String
    var error: String

    /// Standard output as JSON.
    func json() throws -> JSON { try JSON(parsing: out.utf8.prefix { $0 != UInt8(ascii: "\n") }) }
    /// Standard output, a JSON value a line.
    func jsonLines() throws -> [JSON] { try out.split(separator: "\n").map { try JSON(parsing: String($0)) } }
  }

  /// Where the package is.
  static let package = Checkout.url

  /// The program stands beside the tests.
  static let path: String = {
    let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    return tests.deletingLastPathComponent().appending(path: "cascade").path()
  }()

  /// The longest that a run may take, far beyond what any needs: 15 minutes.
  private static let patience: DispatchTimeInterval = .seconds(900)

  /// Runs the program, or another one, in the package's directory until it ends.
  static func run(
    _ arguments: [String], input: String = "", environment: [String: String] = [:], in directory: URL = package,
    executable: String = path
  ) throws -> Ending {
    let process = ChildProcess()
    process.executableURL = URL(filePath: executable)
    process.arguments = arguments
    process.currentDirectoryURL = directory
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
    (process.standardInput, process.standardOutput, process.standardError) = (stdin, stdout, stderr)
    try process.run()
    try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try stdin.fileHandleForWriting.close()
    let reading = Reading(stderr)
    // What should end and goes on is ended, so that its test fails and the others go on.
    let limit = DispatchWorkItem { [weak process] in process?.kill() }
    DispatchQueue.global().asyncAfter(deadline: .now() + patience, execute: limit)
    defer { limit.cancel() }
    let out = stdout.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Ending(
      code: process.terminationStatus, out: String(decoding: out, as: UTF8.self), error: reading.text())
  }
}

/// Reads a pipe beside another, so that neither fills up.
private final class Reading: @unchecked Sendable {
  private var bytes = Data()
  private let done = DispatchSemaphore(value: 0)

  init(_ pipe: Pipe) {
    DispatchQueue.global().async { [self] in
      bytes = pipe.fileHandleForReading.readDataToEndOfFile()
      done.signal()
    }
  }

  func text() -> String {
    done.wait()
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// A directory that goes away with the test.
final class Scratch: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "cascade-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Writes a file, with the directories above it, and gives its path.
  @discardableResult
  func write(_ path: String, _ text: String) throws -> String {
    let file = url.appending(path: path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return file.path()
  }

  /// Copies the shipped rulebook into it.
  func copyRulebook() throws {
    for name in ["plugins", "policies"] {
      try FileManager.default.copyItem(at: Program.package.appending(path: name), to: url.appending(path: name))
    }
  }

  /// Changes a file's text.
  func replace(_ path: String, _ old: String, with new: String) throws {
    let text = try String(contentsOf: url.appending(path: path), encoding: .utf8)
    try write(path, text.replacing(old, with: new))
  }
}
