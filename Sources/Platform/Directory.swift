internal import Core
internal import Glibc

/// Directories. Every call waits for the disk.
package enum Directory {
  /// One name in a directory.
  package struct Entry: Sendable, Equatable {
    /// The name, without the directory.
    package var name: String
    /// Whether it is surely a directory; not every file system tells.
    package var isDirectory: Bool
    /// Whether it is, or may be, a symbolic link.
    package var mayBeLink: Bool
  }

  /// Makes a directory that only its owner may enter, and those above it. One that is there already is fine. Durable
  /// when it returns. O(steps of the path).
  package static func make(_ path: String) throws(FileError) {
    if unsafe mkdir(path, 0o700) == 0 { return try sync(holding: path) }
    let reason = errno
    // On a read-only file system, making one that is there may be refused, too.
    if let found = try? FileSignature(path) {
      if found.isDirectory { return }
      throw FileError("make the directory", path, number: ENOTDIR)
    }
    let parent = parent(of: path)
    guard reason == ENOENT, parent != path else { throw FileError("make the directory", path, number: reason) }
    try make(parent)
    if unsafe mkdir(path, 0o700) != 0, errno != EEXIST { throw FileError("make the directory", path) }
    try sync(holding: path)
  }

  /// The names in a directory that are UTF-8, but for those that begin with a dot, in no order. O(names).
  package static func entries(of path: String) throws(FileError) -> [Entry] {
    guard let stream = unsafe opendir(path) else { throw FileError("read", path) }
    defer { unsafe closedir(stream) }
    var entries: [Entry] = []
    while let entry = unsafe readdir(stream) {
      // Only as far as its zero: an entry is as long as its name, not as its type says.
      guard let bytes = unsafe entry.pointer(to: \.d_name),
        let name = unsafe String(validatingCString: UnsafeRawPointer(bytes).assumingMemoryBound(to: CChar.self)),
        !name.begins(with: ".")
      else { continue }
      let type = Int(unsafe entry.pointee.d_type)
      entries.append(
        Entry(
          name: name, isDirectory: type == Int(DT_DIR), mayBeLink: type == Int(DT_LNK) || type == Int(DT_UNKNOWN)))
    }
    return entries
  }

  /// Makes the names in the directory that holds `path` durable.
  package static func sync(holding path: String) throws(FileError) {
    let directory = try Descriptor(opening: parent(of: path), O_RDONLY | O_DIRECTORY)
    try directory.sync()
  }

  /// The directory that holds `path`: of `a` it is `.`, of `/a` it is `/`.
  package static func parent(of path: String) -> String {
    guard let slash = path.lastPlace(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
