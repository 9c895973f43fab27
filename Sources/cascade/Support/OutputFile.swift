import Glibc

/// The files that a command writes whole.
enum OutputFile {
  /// Writes `text` to `path` atomically and creates missing directories.
  static func write(_ text: String, to path: String) throws {
    makeDirectories(above: path)
    let temporary = path + ".new"
    guard let file = fopen(temporary, "we") else { throw failure(path) }
    let bytes = Array(text.utf8)
    let written = fwrite(bytes, 1, bytes.count, file)
    guard fclose(file) == 0, written == bytes.count, rename(temporary, path) == 0 else {
      let error = failure(path)
      _ = unlink(temporary)
      throw error
    }
  }

  /// Creates the directories above `path`; a failure shows when the file is opened.
  static func makeDirectories(above path: String) {
    var current = path.hasPrefix("/") ? "/" : ""
    for step in path.split(separator: "/").dropLast() {
      current += step
      _ = mkdir(current, 0o755)
      current += "/"
    }
  }

  /// The error for a `path` that can't be written, from `errno`.
  static func failure(_ path: String) -> ReadingError {
    ReadingError(message: "can't write \(path): \(String(cString: strerror(errno)))")
  }
}
