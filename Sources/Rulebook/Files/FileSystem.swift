internal import Core
import Glibc

/// The system calls under ``RulebookFiles``, ``RulebookArchive`` and ``FileRulebookStore``.
enum FileSystem {
  /// Why a call failed.
  struct Failure: Error {
    /// The `errno`.
    var number: Int32
    /// What the system calls it.
    var text: String { String(cString: strerror(number)) }
    /// Whether the file isn't there.
    var isMissing: Bool { number == ENOENT || number == ENOTDIR }
  }

  /// What tells one state of a file from another.
  struct Signature: Hashable {
    var device: UInt
    var node: UInt
    var size: Int
    var modified: [Int]
    var isDirectory: Bool
    var isRegular: Bool
  }

  /// What stands at `path`, behind all symbolic links.
  static func signature(_ path: String) throws(Failure) -> Signature {
    var status = stat()
    if stat(path, &status) != 0 { throw Failure(number: errno) }
    return signature(status)
  }

  private static func signature(_ status: stat) -> Signature {
    Signature(
      device: UInt(status.st_dev), node: UInt(status.st_ino), size: Int(status.st_size),
      modified: [status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec],
      isDirectory: status.st_mode & S_IFMT == S_IFDIR, isRegular: status.st_mode & S_IFMT == S_IFREG)
  }

  /// The names in a directory that don't begin with a dot and are UTF-8, sorted by their bytes.
  static func names(in path: String) throws(Failure) -> [String] {
    guard let directory = opendir(path) else { throw Failure(number: errno) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if let name, !name.begins(with: ".") { names.append(name) }
    }
    return RulebookSnapshot.sorted(names)
  }

  /// The content of a file, at most `limit` bytes and one more, so that a longer one shows.
  static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 { throw Failure(number: errno) }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while content.count <= limit {
      let count = Glibc.read(descriptor, &buffer, min(buffer.count, limit + 1 - content.count))
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw Failure(number: errno) }
      if count == 0 { break }
      content += buffer[..<count]
    }
    return content
  }

  /// Makes a directory and those above it; one that is there already is fine.
  static func makeDirectory(_ path: String) throws(Failure) {
    if mkdir(path, 0o700) == 0 { return }
    let reason = Failure(number: errno)
    if reason.number == EEXIST { return }
    let parent = parent(of: path)
    guard reason.number == ENOENT, parent != path else { throw reason }
    try makeDirectory(parent)
    if mkdir(path, 0o700) != 0, errno != EEXIST { throw Failure(number: errno) }
  }

  /// Replaces a file's content so that after a crash either the old or the new content is there, whole.
  static func replace(_ path: String, with content: [UInt8]) throws(Failure) {
    let temporary = path + ".\(getpid()).new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw Failure(number: errno) }
    do throws(Failure) {
      defer { close(descriptor) }
      try write(content, to: descriptor)
      if fsync(descriptor) != 0 { throw Failure(number: errno) }
    } catch {
      unlink(temporary)
      throw error
    }
    if rename(temporary, path) != 0 {
      let reason = Failure(number: errno)
      unlink(temporary)
      throw reason
    }
    let directory = open(parent(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if directory < 0 { throw Failure(number: errno) }
    defer { close(directory) }
    if fsync(directory) != 0 { throw Failure(number: errno) }
  }

  private static func write(_ content: [UInt8], to descriptor: Int32) throws(Failure) {
    var rest = content[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw Failure(number: errno) }
      rest = rest.dropFirst(count)
    }
  }

  private static func parent(of path: String) -> String {
    guard let slash = path.lastPlace(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
