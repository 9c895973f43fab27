internal import Glibc

/// A Unix socket that listens at a path.
package struct UnixListener: Sendable {
  /// The socket; whoever serves on it closes it.
  package let descriptor: Int32
  /// The path at which it listens.
  package let path: String
  private let signature: FileSignature

  /// The most bytes of a path: the system's limit less what ``temporary(_:)`` adds.
  package static let mostPathBytes = 103
  private static let backlog: Int32 = 1024

  /// Listens at `path` with the file's `mode`, in place of a socket that a process left behind there. The path names
  /// the new socket from the moment on that it has its mode and listens. Throws when somebody listens there, when
  /// something else is there, and when the system refuses.
  package init(path: String, mode: UInt32) throws(FileError) {
    if let problem = Self.problem(at: path) { throw problem }
    // The mode of a file is never wider than it shall be, and a renamed socket listens under its new name.
    let temporary = Self.temporary(path)
    unsafe unlink(temporary)
    let socket = try Self.bound(to: temporary)
    do throws(FileError) {
      try Self.check(unsafe chmod(temporary, mode), "set the mode of", path)
      try Self.check(listen(socket, Self.backlog), "listen at", path)
      signature = try FileSignature(temporary)
      try Self.check(unsafe rename(temporary, path), "put a socket at", path)
    } catch {
      close(socket)
      unsafe unlink(temporary)
      throw error
    }
    (descriptor, self.path) = (socket, path)
  }

  /// Takes the path away, unless it names another socket by now.
  package func remove() {
    if let found = try? FileSignature(path), found.isSameFile(as: signature) { unsafe unlink(path) }
  }

  /// What keeps one from listening at `path` now; nil when nothing is known. Changes nothing.
  package static func problem(at path: String) -> FileError? {
    if path.utf8.count > mostPathBytes { return FileError("listen at", path, number: ENAMETOOLONG) }
    let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? "."
    if unsafe access(folder, W_OK | X_OK) != 0 { return FileError("listen at", path) }
    do throws(FileError) {
      if try !FileSignature(path).isSocket { return FileError("listen at", path, number: EEXIST) }
    } catch {
      return error.isMissing ? nil : error
    }
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    if socket < 0 { return FileError("open a socket for", path) }
    defer { close(socket) }
    if unsafe withAddress(path, { unsafe connect(socket, $0, $1) }) == 0 {
      return FileError("listen at", path, number: EADDRINUSE)
    }
    return errno == ECONNREFUSED ? nil : FileError("listen at", path)
  }

  private static func check(_ status: Int32, _ action: String, _ path: String) throws(FileError) {
    if status != 0 { throw FileError(action, path) }
  }

  private static func temporary(_ path: String) -> String { path + ".new" }

  private static func bound(to path: String) throws(FileError) -> Int32 {
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    if socket < 0 { throw FileError("open a socket for", path) }
    if unsafe withAddress(path, { unsafe bind(socket, $0, $1) }) != 0 {
      let error = FileError("listen at", path)
      close(socket)
      throw error
    }
    return socket
  }

  /// Calls `body` with the address of a path, which fits.
  private static func withAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { place in
      unsafe place.copyBytes(from: bytes.prefix(place.count - 1))
    }
    let length = socklen_t(MemoryLayout<sockaddr_un>.size)
    return unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, length) }
    }
  }
}
