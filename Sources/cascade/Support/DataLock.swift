import Glibc

/// A lock that keeps a second host off the same data directory while it lives.
final class DataLock: Sendable {
  private let descriptor: Int32

  /// Locks `directory`, which must exist. Throws when another process holds the lock.
  init(directory: String) throws {
    let path = directory + "/lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    if descriptor < 0 { throw ReadingError(message: "can't open \(path): \(String(cString: strerror(errno)))") }
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let code = errno
      _ = close(descriptor)
      if code != EWOULDBLOCK {
        throw ReadingError(message: "can't lock \(path): \(String(cString: strerror(code)))")
      }
      throw ReadingError(message: "another host runs on \(directory); stop it, or choose another --data")
    }
  }

  deinit { _ = close(descriptor) }
}
