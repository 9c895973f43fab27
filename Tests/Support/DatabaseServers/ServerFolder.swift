internal import Foundation
internal import Glibc

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
    // The end of the tests closes the pipe that is read here. A server counts what it inherits against what it may
    // open, so what the tests have open is closed for it.
    let script = """
      for each in /proc/$BASHPID/fd/*; do n=${each##*/}; [ "$n" -le 2 ] || eval "exec $n>&-"; done 2>/dev/null
      "$@" </dev/null >>'\(path)/log' 2>&1 &
      server=$!; echo $server; read -r line || rm=1
      kill -\(signal) $server; wait $server; [ -z "$rm" ] || rm -rf '\(path)'
      """
    let (input, output) = (try Channel(), try Channel())
    let shell = try spawn(
      ["/bin/bash", "-c", script, "bash"] + command(program), input: input.reading, output: output.writing)
    close(input.reading)
    close(output.writing)
    defer { close(output.reading) }
    var line = [UInt8](repeating: 0, count: 32)
    let count = read(output.reading, &line, line.count)
    let text = String(decoding: line.prefix(max(0, count)), as: UTF8.self)
    guard let pid = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw ServerError("\(program[0]) can't be started: \(log)")
    }
    return RunningServer(pid: pid, shell: shell, input: input.writing)
  }

  /// What the programs have said.
  var log: String { (try? String(contentsOfFile: "\(path)/log", encoding: .utf8)) ?? "" }

  private static func run(_ program: String, _ arguments: [String], in directory: String? = nil) throws {
    let process = Process()
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
  let shell: Int32
  let input: Int32

  /// Sends it a signal.
  package func signal(_ number: Int32) { kill(pid, number) }

  /// Ends it by a signal and waits until it is gone; its folder stays.
  package func stop(_ number: Int32 = SIGQUIT) {
    kill(pid, number)
    kill(pid, SIGCONT)
    _ = write(input, "\n", 1)
    close(input)
    waitpid(shell, nil, 0)
  }
}

/// A pipe that no other program is given.
private struct Channel {
  let reading: Int32
  let writing: Int32

  init() throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw ServerError("no pipe can be made") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (reading, writing) = (ends[0], ends[1])
  }
}

/// Starts a program that is sent all signals, whatever this thread holds back.
private func spawn(_ command: [String], input: Int32, output: Int32) throws -> Int32 {
  var actions = posix_spawn_file_actions_t()
  var attributes = posix_spawnattr_t()
  posix_spawn_file_actions_init(&actions)
  posix_spawnattr_init(&attributes)
  defer {
    posix_spawn_file_actions_destroy(&actions)
    posix_spawnattr_destroy(&attributes)
  }
  posix_spawn_file_actions_adddup2(&actions, input, 0)
  posix_spawn_file_actions_adddup2(&actions, output, 1)
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
  var none = sigset_t()
  sigemptyset(&none)
  posix_spawnattr_setsigmask(&attributes, &none)
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
  var arguments = command.map { strdup($0) } + [nil]
  defer { arguments.forEach { free($0) } }
  var pid: Int32 = 0
  let status = posix_spawn(&pid, command[0], &actions, &attributes, &arguments, environ)
  if status != 0 { throw ServerError("\(command[0]) can't be started: \(String(cString: strerror(status)))") }
  return pid
}

/// Why a server doesn't run: the tests that need it fail, and are never left out.
package struct ServerError: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}
