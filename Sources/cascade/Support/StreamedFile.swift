import Glibc

/// A file that is written in pieces and appears as a whole or not at all. Writes directly to an existing path that is
/// no file, such as a pipe or device.
final class StreamedFile {
  private let path: String
  /// The path of the temporary file.
  private let opened: String
  private var file: UnsafeMutablePointer<FILE>?

  /// Begins the file at `path` and creates missing directories. Throws when that fails.
  init(_ path: String) throws {
    self.path = path
    OutputFile.makeDirectories(above: path)
    var status = stat()
    let isFile = stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
    opened = isFile ? path + ".new" : path
    file = fopen(opened, "we")
    if file == nil { throw OutputFile.failure(path) }
  }

  /// Appends text. Throws when the disk is full.
  func write(_ text: String) throws {
    var text = text
    let isWritten = text.withUTF8 { bytes in
      file.map { fwrite(bytes.baseAddress, 1, bytes.count, $0) == bytes.count } ?? false
    }
    if !isWritten { throw OutputFile.failure(path) }
  }

  /// Moves the finished file to its path. Throws when that fails.
  func finish() throws {
    guard let file else { return }
    self.file = nil
    if fclose(file) != 0 || opened != path && rename(opened, path) != 0 {
      let error = OutputFile.failure(path)
      discard()
      throw error
    }
  }

  private func discard() {
    if opened != path { _ = unlink(opened) }
  }

  deinit {
    guard let file else { return }
    _ = fclose(file)
    discard()
  }
}
