internal import Core

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A file that only its owner may read and that several processes share. Each change takes a lock file beside it
/// (`.lock` appended) and replaces the whole file. Every call waits for the disk.
struct PrivateFile: Sendable {
  /// Identifies a content without reading it.
  struct Stamp: Sendable, Equatable {
    var inode: UInt64
    var size: Int64
    var seconds: Int64
    var nanoseconds: Int64
  }

  /// The most bytes of a file.
  static let byteLimit = 16 << 20

  let path: String

  /// Calls `body` under the file's lock. Throws when the lock can't be taken.
  func locked<Result>(_ body: () throws(TokenError) -> Result) throws(TokenError) -> Result {
    let lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard lock >= 0 else { throw failure("lock") }
    defer { close(lock) }
    while flock(lock, LOCK_EX) != 0 {
      guard errno == EINTR else { throw failure("lock") }
    }
    return try body()
  }

  /// The stamp of the current content; nil without a file.
  var stamp: Stamp? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    #if canImport(Glibc)
      let time = status.st_mtim
    #else
      let time = status.st_mtimespec
    #endif
    return Stamp(
      inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: Int64(time.tv_sec),
      nanoseconds: Int64(time.tv_nsec))
  }

  /// The content; nil without a file. Throws when others may read it or the system fails. One that was `mounted`, as
  /// Kubernetes does it, may be a symbolic link, and its group may read it where its owner can't write it. O(bytes).
  func read(mounted: Bool = false) throws(TokenError) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (mounted ? 0 : O_NOFOLLOW))
    if file < 0 && errno == ENOENT { return nil }
    guard file >= 0 else { throw failure("open") }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure("look at") }
    guard status.st_mode & S_IFMT == S_IFREG else { throw TokenError("\(path) is no regular file") }
    guard status.st_mode & 0o077 == 0 || mounted && status.st_mode & 0o777 == 0o440 else {
      throw TokenError("\(path) can be used by others, so it is no secret any more: chmod 600 it or remove it")
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Self.read(file, &buffer)
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw failure("read") }
      if count == 0 { break }
      bytes += buffer[..<count]
      guard bytes.count <= Self.byteLimit else { throw TokenError("\(path) is over \(Self.byteLimit) bytes") }
    }
    return bytes
  }

  /// Replaces the content; a power cut leaves either the old or the new one. O(bytes).
  func replace(with bytes: [UInt8]) throws(TokenError) {
    let temporary = path + ".new"
    unlink(temporary)
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure("create") }
    defer { close(file) }
    try write(bytes, to: file)
    // A umask may have removed our own rights; set them again.
    guard fchmod(file, 0o600) == 0, fsync(file) == 0, rename(temporary, path) == 0 else { throw failure("replace") }
    syncDirectory()
  }

  /// Appends `bytes`; returns once they are on disk. O(bytes).
  func append(_ bytes: [UInt8]) throws(TokenError) {
    let isNew = stamp == nil
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw failure("open") }
    defer { close(file) }
    try write(bytes, to: file)
    guard fsync(file) == 0 else { throw failure("write") }
    if isNew { syncDirectory() }
  }

  private func write(_ bytes: [UInt8], to file: Int32) throws(TokenError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Self.write(file, $0) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure("write") }
      rest = rest.dropFirst(count)
    }
  }

  /// Syncs the folder, so that a new name survives a power cut; the content is whole even where that fails.
  private func syncDirectory() {
    let directory = path.lastPlace(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = open(directory, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private static func read(_ file: Int32, _ buffer: inout [UInt8]) -> Int {
    buffer.withUnsafeMutableBytes { bytes in
      #if canImport(Glibc)
        Glibc.read(file, bytes.baseAddress, bytes.count)
      #else
        Darwin.read(file, bytes.baseAddress, bytes.count)
      #endif
    }
  }

  private static func write(_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Glibc)
      Glibc.write(file, bytes.baseAddress, bytes.count)
    #else
      Darwin.write(file, bytes.baseAddress, bytes.count)
    #endif
  }

  func failure(_ what: String) -> TokenError {
    TokenError("cannot \(what) \(path): \(String(cString: strerror(errno)))")
  }
}
