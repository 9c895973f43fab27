import Glibc
import Platform

/// A file that is written in pieces and appears as a whole or not at all. Writes directly to an existing path that is
/// no file, such as a pipe or device.
final class StreamedFile {
  private let path: String
  /// The path of the temporary file.
  private let opened: String
  private var descriptor: Int32

  /// Begins the file at `path`; directories on the way are made. Throws the first reason why it can't be begun.
  init(_ path: String) throws {
    self.path = path
    try OutputFile.makeDirectories(above: path)
    let isFile = (try? FileSignature(path).isRegular) ?? true
    opened = isFile ? path + ".new" : path
    descriptor = open(opened, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw OutputFile.failure("write", path, errno) }
  }

  /// Appends text. Throws when the disk is full.
  func write(_ text: String) throws {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { throw OutputFile.failure("write", path, count == 0 ? ENOSPC : errno) }
      rest = rest.dropFirst(count)
    }
  }

  /// Moves the finished file to its path. Throws when that fails.
  func finish() throws {
    if descriptor < 0 { return }
    let closed = close(descriptor)
    descriptor = -1
    if closed != 0 || opened != path && rename(opened, path) != 0 {
      let error = OutputFile.failure("write", path, errno)
      discard()
      throw error
    }
  }

  private func discard() {
    if opened != path { _ = unlink(opened) }
  }

  deinit {
    if descriptor < 0 { return }
    _ = close(descriptor)
    discard()
  }
}
