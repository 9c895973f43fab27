import ArgumentParser
import Core
import Glibc
import Rulebook

/// A command's output: data on standard output, everything else on standard error.
enum Output {
  /// Writes data unchanged to standard output.
  static func write(_ text: String) { put(text, STDOUT_FILENO) }

  /// Writes a line to standard error.
  static func note(_ text: String) { put(text + "\n", STDERR_FILENO) }

  /// Writes to standard error without ending the line.
  static func status(_ text: String) { put(text, STDERR_FILENO) }

  /// Writes all bytes, even to a pipe that accepts only a part at a time.
  private static func put(_ text: String, _ descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return }
      rest = rest.dropFirst(count)
    }
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

  /// The line `file:line:column: severity: message`, which editors' problem matchers recognise.
  static func line(_ error: RulebookError) -> String {
    guard let file = error.file else { return "error: " + error.message }
    let line = error.line ?? 1
    var text = error.message
    for prefix in ["\(file):\(line): ", "\(file): "] where text.hasPrefix(prefix) {
      text.removeFirst(prefix.count)
      break
    }
    return "\(file):\(line):1: error: \(text)"
  }
}
