import Glibc

/// A file that is written piece by piece and appears whole, or not at all.
final class StreamedFile {
  private let path: String
  private var file: UnsafeMutablePointer<FILE>?

  /// Begins the file at `path`; directories on the way are made.
  init(_ path: String) throws {
    self.path = path
    OutputFile.makeDirectories(above: path)
    file = fopen(path + ".new", "we")
    if file == nil { throw OutputFile.failure(path) }
  }

  /// Adds text. Throws when there is no space.
  func write(_ text: String) throws {
    var text = text
    let isWritten = text.withUTF8 { bytes in
      file.map { fwrite(bytes.baseAddress, 1, bytes.count, $0) == bytes.count } ?? false
    }
    if !isWritten { throw OutputFile.failure(path) }
  }

  /// Puts the file in its place.
  func finish() throws {
    guard let file else { return }
    self.file = nil
    if fclose(file) != 0 || rename(path + ".new", path) != 0 {
      let error = OutputFile.failure(path)
      _ = unlink(path + ".new")
      throw error
    }
  }

  deinit {
    guard let file else { return }
    _ = fclose(file)
    _ = unlink(path + ".new")
  }
}
