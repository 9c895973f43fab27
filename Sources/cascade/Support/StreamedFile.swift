import Glibc

/// A file that is written piece by piece and appears whole, or not at all; what is there and is no file, as a pipe or
/// a device, is written as it is.
final class StreamedFile {
  private let path: String
  /// Where the text goes until it is whole.
  private let opened: String
  private var file: UnsafeMutablePointer<FILE>?

  /// Begins the file at `path`; directories on the way are made.
  init(_ path: String) throws {
    self.path = path
    OutputFile.makeDirectories(above: path)
    var status = stat()
    let isFile = stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
    opened = isFile ? path + ".new" : path
    file = fopen(opened, "we")
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
