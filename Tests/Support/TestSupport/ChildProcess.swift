package import Foundation
internal import Glibc
internal import Spawn
internal import Synchronization

/// A program that a test starts: the part of Foundation's `Process` that tests need.
///
/// Foundation's own can't be used from tests: to find what to close it lists the descriptors of the process, and copies
/// each name as 256 bytes, also the last one before the end of the memory it was read into, so that with some 1 360
/// open descriptors it may crash. It also has a program inherit which signals the starting thread holds back. Here the
/// program is given its three streams and nothing else, and every signal reaches it.
package final class ChildProcess: @unchecked Sendable {
  private struct State {
    /// 0 before it is started.
    var pid: pid_t = 0
    /// As wait(2) tells it; nil while it runs.
    var status: Int32?
  }

  /// The program's file; what follows, like it, is set before ``run()``.
  package var executableURL: URL?
  package var arguments: [String] = []
  /// That of the tests when nil.
  package var environment: [String: String]?
  /// That of the tests when nil.
  package var currentDirectoryURL: URL?
  /// That of the tests when nil, as with the next two.
  package var standardInput: (any ChildStream)?
  package var standardOutput: (any ChildStream)?
  package var standardError: (any ChildStream)?
  private let state = Mutex(State())

  package init() {}

  deinit {
    let (pid, runs) = state.withLock { ($0.pid, $0.pid > 0 && $0.status == nil) }
    // It may go on for long, and is only to leave nothing behind when it ends.
    if runs { Thread.detachNewThread { waitpid(pid, nil, 0) } }
  }

  /// Starts the program. The ends of pipes that are its own are closed here. Throws a POSIXError when there is no such
  /// program or directory.
  package func run() throws {
    let program = executableURL?.absoluteURL.path ?? ""
    let variables = (environment ?? ProcessInfo.processInfo.environment).map { "\($0)=\($1)" }
    var words = ([program] + arguments).map { strdup($0) } + [nil]
    var settings = variables.map { strdup($0) } + [nil]
    defer { (words + settings).forEach { free($0) } }
    let streams = [standardInput, standardOutput, standardError]
    let ends = streams.enumerated().map { number, stream in
      guard let stream else { return SPAWN_INHERITED }
      return stream === FileHandle.nullDevice ? SPAWN_NULL : stream.end(forInput: number == 0).fileDescriptor
    }
    var pid: pid_t = 0
    let failure = spawn_program(&pid, program, &words, &settings, currentDirectoryURL?.absoluteURL.path, ends)
    for (number, stream) in streams.enumerated() {
      if let pipe = stream as? Pipe { try? pipe.end(forInput: number == 0).close() }
    }
    if failure != 0 { throw POSIXError(POSIXErrorCode(rawValue: failure) ?? .ENOENT, userInfo: ["program": program]) }
    state.withLock { $0.pid = pid }
  }

  /// Its number, also after its end; 0 before it is started.
  package var processIdentifier: Int32 { state.withLock { $0.pid } }

  /// Whether it was started and has not ended.
  package var isRunning: Bool {
    state.withLock { state in
      Self.look(&state)
      return state.pid > 0 && state.status == nil
    }
  }

  /// Its exit code, or the number of the signal that ended it; -1 while it runs.
  package var terminationStatus: Int32 {
    state.withLock { state in
      Self.look(&state)
      guard let status = state.status else { return -1 }
      return status & 0x7f == 0 ? (status >> 8) & 0xff : status & 0x7f
    }
  }

  /// Asks it to end, by SIGTERM; does nothing when it has ended.
  package func terminate() { signal(SIGTERM) }

  /// The same by SIGINT, as Ctrl-C does it.
  package func interrupt() { signal(SIGINT) }

  /// Ends it by SIGKILL, which nothing holds back.
  package func kill() { signal(SIGKILL) }

  /// Waits, on this thread, until it has ended.
  package func waitUntilExit() {
    let pid = processIdentifier
    guard pid > 0, isRunning else { return }
    var ended = siginfo_t()
    // It stays what its number means until it is looked at below.
    while waitid(P_PID, id_t(pid), &ended, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    _ = isRunning
  }

  private func signal(_ number: Int32) {
    state.withLock { state in
      Self.look(&state)
      if state.pid > 0, state.status == nil { Glibc.kill(state.pid, number) }
    }
  }

  /// Notes its end, when it has ended; from then on its number may be another's.
  private static func look(_ state: inout State) {
    guard state.pid > 0, state.status == nil else { return }
    var status: Int32 = 0
    if waitpid(state.pid, &status, WNOHANG) == state.pid { state.status = status }
  }
}

/// What a program can be given as one of its streams: a pipe or a file.
package protocol ChildStream: AnyObject {
  /// The end that becomes the program's.
  func end(forInput isInput: Bool) -> FileHandle
}

extension FileHandle: ChildStream {
  package func end(forInput isInput: Bool) -> FileHandle { self }
}

extension Pipe: ChildStream {
  package func end(forInput isInput: Bool) -> FileHandle { isInput ? fileHandleForReading : fileHandleForWriting }
}
