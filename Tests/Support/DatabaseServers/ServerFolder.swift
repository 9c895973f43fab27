internal import Foundation
internal import Glibc
internal import TestSupport

/// A folder of a server that tests start, owned by a user who isn't root, and a program that runs in it.
///
/// The program ends with the tests whatever ends them: a shell beside it waits for the end of a pipe.
final class ServerFolder: Sendable {
  /// Where it is.
  let path: String
  private let user: String?

  /// A new folder; `user` owns it and runs the programs when the tests run as root.
  init(_ name: String, user: String) throws {
    var template = Array("/tmp/cascade-\(name)-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ServerError("no folder in /tmp can be made") }
    path = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    self.user = getuid() == 0 ? user : nil
    if self.user != nil { try Self.run("/usr/bin/chown", ["\(user):", path]) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The command with which `program` runs as the folder's user.
  func command(_ program: [String]) -> [String] {
    user.map { ["/usr/bin/setpriv", "--reuid=\($0)", "--regid=\($0)", "--clear-groups", "--"] + program } ?? program
  }

  /// Runs a program to its end. Throws what it says when it fails.
  func run(_ program: [String]) throws {
    let command = command(program)
    try Self.run(command[0], Array(command.dropFirst()), in: path)
  }

  /// Starts a program that runs until ``RunningServer/stop(_:)``, or until the tests end: then it is sent this signal,
  /// and the folder goes as well.
  func start(_ program: [String], endedBy signal: String) throws -> RunningServer {
    // The end of the tests closes the pipe that is read here.
    let script = """
      "$@" </dev/null >>'\(path)/log' 2>&1 &
      server=$!; echo $server; read -r line || rm=1
      kill -\(signal) $server; wait $server; [ -z "$rm" ] || rm -rf '\(path)'
      """
    let shell = ChildProcess()
    let (input, output) = (Pipe(), Pipe())
    shell.executableURL = URL(filePath: "/bin/bash")
    shell.arguments = ["-c", script, "bash"] + command(program)
    (shell.standardInput, shell.standardOutput, shell.standardError) = (input, output, FileHandle.nullDevice)
    try shell.run()
    let text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    guard let pid = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw ServerError("\(program[0]) can't be started: \(log)")
    }
    return RunningServer(pid: pid, shell: shell, input: input.fileHandleForWriting)
  }

  /// What the programs have said.
  var log: String { (try? String(contentsOfFile: "\(path)/log", encoding: .utf8)) ?? "" }

  private static func run(_ program: String, _ arguments: [String], in directory: String? = nil) throws {
    let process = ChildProcess()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    if let directory { process.currentDirectoryURL = URL(filePath: directory) }
    let output = Pipe()
    (process.standardOutput, process.standardError) = (output, output)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let said = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    if process.terminationStatus != 0 {
      throw ServerError("\(program) \(arguments.first ?? "") failed: \(String(decoding: said, as: UTF8.self))")
    }
  }
}

/// A server's process, and the shell that waits for it.
package struct RunningServer: Sendable {
  /// Its number.
  package let pid: Int32
  let shell: ChildProcess
  let input: FileHandle

  /// Sends it a signal.
  package func signal(_ number: Int32) { kill(pid, number) }

  /// Ends it by a signal and waits until it is gone; its folder stays.
  package func stop(_ number: Int32 = SIGQUIT) {
    kill(pid, number)
    kill(pid, SIGCONT)
    // A line says that the folder stays.
    try? input.write(contentsOf: Data("\n".utf8))
    try? input.close()
    shell.waitUntilExit()
  }
}

/// Why a server doesn't run: the tests that need it fail, and are never left out.
package struct ServerError: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}
