import ArgumentParser
import Core
import Glibc
import Rulebook

/// What a command says: data on standard output, everything else on standard error.
///
/// Data that can't be written ends the command with 1 and a line about it: a result that nobody got is none. A reader
/// that went away ends it in silence, as it ends any program.
enum Output {
  /// Writes data as it is: text of a format that has its own escapes.
  static func write(_ text: String) {
    if let code = put(text, STDOUT_FILENO) { end(code) }
  }

  /// Writes a value and the end of its line. On a terminal, control characters in it are spelled out, too.
  static func write(_ json: JSON, isPretty: Bool = false) { write(json: isPretty ? json.prettyText : json.text) }

  /// The same of a value that is printed already.
  static func write(json text: String) {
    write((isatty(STDOUT_FILENO) == 1 ? VisibleText.json(text) : text) + "\n")
  }

  /// Writes a line for people, in which a text from outside may stand.
  static func writeLine(_ text: String) { write(VisibleText.line(text) + "\n") }

  /// Writes a line about the work, in which a text from outside may stand.
  static func note(_ text: String) { _ = put(VisibleText.line(text) + "\n", STDERR_FILENO) }

  /// Writes about the work without ending the line.
  static func status(_ text: String) { _ = put(text, STDERR_FILENO) }

  /// Says what the parser of arguments has to say: what was asked for on standard output, what is wrong on the other.
  static func say(_ text: String, isAnswer: Bool) {
    if text.isEmpty { return }
    if isAnswer { write(text + "\n") } else { _ = put(VisibleText.lines(text) + "\n", STDERR_FILENO) }
  }

  /// Closes standard output; some systems say only then that there was no space.
  static func finish() {
    if close(STDOUT_FILENO) != 0, errno != EBADF { end(errno) }
  }

  /// Keeps the places of the three standard streams taken, so that no file of ours is opened in one and written to.
  static func keepPlaces() {
    for place in STDIN_FILENO...STDERR_FILENO where fcntl(place, F_GETFD) == -1 {
      // For the other direction, so that using it still is an error.
      _ = open("/dev/null", place == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  /// Writes all bytes, also to a pipe that takes them piece by piece. Why they can't be written; nil when they are.
  static func put(_ text: String, _ descriptor: Int32) -> Int32? {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
        continue
      }
      let code = count == 0 ? ENOSPC : errno
      switch code {
      case EINTR: continue
      case EAGAIN: wait(for: descriptor)
      default: return code
      }
    }
    return nil
  }

  /// Waits until a stream that doesn't block takes more.
  private static func wait(for descriptor: Int32) {
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    _ = poll(&entry, 1, -1)
  }

  /// Ends the process, as its result can't be written.
  private static func end(_ code: Int32) -> Never {
    if code == EPIPE {
      signal(SIGPIPE, SIG_DFL)
      raise(SIGPIPE)
    }
    note("error: can't write to standard output: \(String(cString: strerror(code)))")
    _exit(ExitCode.couldNotStart.rawValue)
  }
}

extension ExitCode {
  /// The rulebook, a file or the host could not be loaded, read or started.
  static let couldNotStart = ExitCode(1)
  /// The command ran, and its answer is no.
  static let no = ExitCode(2)
}

extension RulebookRejected {
  /// Prints the problems with their tracebacks to standard error.
  func report() {
    for error in errors {
      Output.note(Self.line(error))
      for frame in error.traceback { Output.note("  " + frame) }
    }
  }

  /// The line `file:line:column: severity: message`, which editors' problem matchers recognise; what is
  /// doubtful in a rulebook that loads is a `warning`.
  static func line(_ error: RulebookError, _ severity: String = "error") -> String {
    guard let file = error.file else { return "\(severity): " + error.message }
    let line = error.line ?? 1
    let text = error.message.rest(behind: "\(file):\(line): ") ?? error.message.rest(behind: "\(file): ")
    return "\(file):\(line):\(error.column ?? 1): \(severity): \(text ?? error.message[...])"
  }
}
