internal import Core
internal import Glibc
internal import Platform

/// A file that only its owner may read and that several processes share. Each change takes a lock file beside it
/// (`.lock` appended) and replaces the whole file. Every call waits for the disk.
struct PrivateFile: Sendable {
  /// The most bytes of a file.
  static let byteLimit = 16 << 20

  let path: String

  /// Calls `body` under the file's lock. Throws when the lock can't be taken.
  func locked<Result>(_ body: () throws(TokenError) -> Result) throws(TokenError) -> Result {
    let lock = try attempting { () throws(FileError) in try FileLock.waiting(for: path + ".lock") }
    defer { withExtendedLifetime(lock) {} }
    return try body()
  }

  /// What tells the current content from another without reading it; nil without a file.
  var signature: FileSignature? { try? FileSignature(path) }

  /// The content; nil without a file. Throws when others may read it or the system fails. One that was `mounted`, as
  /// Kubernetes does it, may be a symbolic link, and its group may read it where its owner can't write it. O(bytes).
  func read(mounted: Bool = false) throws(TokenError) -> [UInt8]? {
    let (signature, isSecret, bytes): (FileSignature, Bool, [UInt8])
    do throws(FileError) {
      let file = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK | (mounted ? 0 : O_NOFOLLOW))
      signature = try FileSignature(file)
      isSecret = !signature.isOpenToOthers || mounted && signature.permissions == 0o440
      bytes = signature.isRegular && isSecret ? try file.readAll(limit: Self.byteLimit) : []
    } catch {
      if error.number == ENOENT { return nil }
      throw TokenError(error.description)
    }
    guard signature.isRegular else { throw TokenError("\(path) is no regular file") }
    guard isSecret else {
      throw TokenError("\(path) can be used by others, so it is no secret any more: chmod 600 it or remove it")
    }
    guard bytes.count <= Self.byteLimit else { throw TokenError("\(path) is over \(Self.byteLimit) bytes") }
    return bytes
  }

  /// Replaces the content; a power cut leaves either the old or the new one. O(bytes).
  func replace(with bytes: [UInt8]) throws(TokenError) {
    try attempting { () throws(FileError) in try File.replace(path, with: bytes) }
  }

  /// Appends `bytes`; returns once they are on disk. O(bytes).
  func append(_ bytes: [UInt8]) throws(TokenError) {
    try attempting { () throws(FileError) in
      let isNew = !File.exists(path)
      let file = try Descriptor(opening: path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW)
      try file.write(bytes)
      try file.sync()
      if isNew { try Directory.sync(holding: path) }
    }
  }

  private func attempting<Result>(_ body: () throws(FileError) -> Result) throws(TokenError) -> Result {
    do throws(FileError) {
      return try body()
    } catch {
      throw TokenError(error.description)
    }
  }
}
