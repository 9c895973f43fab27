internal import Core
internal import Glibc
internal import Ledger

/// The right to write one data directory, held by one process at a time and let go when it ends, however it ends.
final class ProcessLock: Sendable {
  private let descriptor: Int32

  /// Locks the file at `path`, made when it isn't there. Throws `locked` when another process, or this one, has it.
  init(path: String) throws(StoreError) {
    // Ours only once it is locked: what is ours is closed at the end, and nothing may be closed twice.
    let opened = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    if opened < 0 { throw StoreError(.io, "can't open \(path)", cause: Self.reason(errno)) }
    if flock(opened, LOCK_EX | LOCK_NB) != 0 {
      let code = errno
      Glibc.close(opened)
      if code != EWOULDBLOCK { throw StoreError(.io, "can't lock \(path)", cause: Self.reason(code)) }
      throw StoreError(
        .locked, "another process has this data (\(path) is locked): stop it, or use another --data directory")
    }
    descriptor = opened
  }

  deinit { Glibc.close(descriptor) }

  private static func reason(_ code: Int32) -> String {
    unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
  }
}
