internal import Glibc

/// The right to do something that one process at a time may do, by a file that it locks. It is let go with this
/// object, or when the process ends, however it ends.
package final class FileLock: Sendable {
  private let descriptor: Int32

  /// Locks the file at `path`, made when it isn't there; nil when another process, or this one, has it. Throws when
  /// there can be no lock.
  package convenience init?(_ path: String) throws(FileError) {
    let opened = try Self.open(path)
    if flock(opened, LOCK_EX | LOCK_NB) != 0 {
      let error = FileError("lock", path)
      close(opened)
      if error.number == EWOULDBLOCK { return nil }
      throw error
    }
    self.init(holding: opened)
  }

  private init(holding descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Waits until nobody else has the lock at `path`, and takes it. Throws when there can be no lock.
  package static func waiting(for path: String) throws(FileError) -> FileLock {
    let opened = try open(path)
    while flock(opened, LOCK_EX) != 0 {
      if errno == EINTR { continue }
      let error = FileError("lock", path)
      close(opened)
      throw error
    }
    return FileLock(holding: opened)
  }

  private static func open(_ path: String) throws(FileError) -> Int32 {
    let opened = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    if opened < 0 { throw FileError("open", path) }
    return opened
  }
}
