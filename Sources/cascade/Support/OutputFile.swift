import Core
import Glibc
import Platform

/// The files that a command writes whole.
enum OutputFile {
  /// Writes `text` to `path` atomically and creates missing directories.
  static func write(_ text: String, to path: String) throws {
    let file = try StreamedFile(path)
    try file.write(text)
    try file.finish()
  }

  /// Makes the directories in which `path` lies. Throws the first reason why one can't be made.
  static func makeDirectories(above path: String) throws {
    var current = path.begins(with: "/") ? "/" : ""
    for step in path.words(at: "/").dropLast() {
      current += step
      if mkdir(current, 0o755) != 0 {
        let code = errno
        // Where nothing may be written, making one that is there may be refused, too.
        guard (try? FileSignature(current)) != nil else { throw failure("make", current, code) }
      }
      current += "/"
    }
  }

  /// Why something can't be done with `path`.
  static func failure(_ verb: String, _ path: String, _ code: Int32) -> ReadingError {
    ReadingError(message: "can't \(verb) \(path): \(String(cString: strerror(code)))")
  }
}
