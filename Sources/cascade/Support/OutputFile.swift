import Glibc

/// Files a command writes whole.
enum OutputFile {
  /// Puts `text` at `path`, in one step; directories on the way are made.
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

  /// Makes the directories in which `path` lies; what can't be made shows when the file is opened.
  static func makeDirectories(above path: String) {
    var current = path.hasPrefix("/") ? "/" : ""
    for step in path.split(separator: "/").dropLast() {
      current += step
      _ = mkdir(current, 0o755)
      current += "/"
    }
  }

  /// Why `path` can't be written, by `errno`.
  static func failure(_ path: String) -> ReadingError {
    ReadingError(message: "can't write \(path): \(String(cString: strerror(errno)))")
  }
}
