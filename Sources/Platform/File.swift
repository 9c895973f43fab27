internal import Glibc
internal import Synchronization

/// Whole files, read and replaced. Every call waits for the disk.
package enum File {
  /// Whether something is there, behind all symbolic links.
  package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  /// Whether a symbolic link is there, and nothing behind it.
  package static func isBrokenLink(_ path: String) -> Bool {
    var target: CChar = 0
    return unsafe readlink(path, &target, 1) >= 0 && !exists(path)
  }

  /// Makes an empty file where there is none, and lets only the owner use it.
  package static func make(_ path: String) throws(FileError) {
    let file = try Descriptor(opening: path, O_RDWR | O_CREAT | O_NOFOLLOW)
    if fchmod(file.number, 0o600) != 0 { throw FileError("make", path) }
  }

  /// The content of a file, at most `limit` bytes and one more, so that a longer one shows. Throws when it can't be
  /// read. O(bytes).
  package static func read(_ path: String, limit: Int = .max) throws(FileError) -> [UInt8] {
    let file = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK)
    return try file.readAll(limit: limit)
  }

  /// Replaces the content of a file, or makes it, so that after a crash or a power cut either the old or the new
  /// content is there, whole, and only the owner may read it. Durable when it returns; after a failure either may be
  /// there. Several may do so at a time: the last one stays. O(bytes).
  package static func replace(_ path: String, with content: [UInt8]) throws(FileError) {
    let turn = replacements.add(1, ordering: .relaxed).newValue
    let temporary = "\(path).\(getpid())-\(turn).new"
    // Of a process that was killed and had the same number.
    unsafe unlink(temporary)
    do throws(FileError) {
      let file = try Descriptor(opening: temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
      try file.write(content)
      // A umask may have taken the owner's own rights.
      if fchmod(file.number, 0o600) != 0 { throw FileError("replace", path) }
      try file.sync()
      if unsafe Glibc.rename(temporary, path) != 0 { throw FileError("replace", path) }
    } catch {
      unsafe unlink(temporary)
      throw error
    }
    try Directory.sync(holding: path)
  }

  /// Appends all of `content` in one write, so that what several processes append stays apart; makes the file when it
  /// isn't there. The system has it when this returns, the disk a moment later. O(bytes).
  package static func append(_ path: String, _ content: [UInt8]) throws(FileError) {
    let file = try Descriptor(opening: path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW)
    let count = unsafe content.withUnsafeBytes { unsafe Glibc.write(file.number, $0.baseAddress, $0.count) }
    if count < 0 { throw FileError("write to", path) }
    if count != content.count { throw FileError("write to", path, number: ENOSPC) }
  }

  /// How often this process has replaced a file; names the temporary ones.
  private static let replacements = Atomic(0)

  /// Gives a file another name, in place of what has that name. Durable when it returns and both names are in one
  /// directory.
  package static func rename(_ path: String, to other: String) throws(FileError) {
    if unsafe Glibc.rename(path, other) != 0 { throw FileError("rename", path) }
    try Directory.sync(holding: other)
  }

  /// Removes a file, if it is there and may be.
  package static func remove(_ path: String) { unsafe unlink(path) }
}
