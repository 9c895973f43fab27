internal import Glibc

/// A port of this machine alone, 127.0.0.1, that takes one connection after the other.
package struct LoopbackListener: ~Copyable {
  /// The port; the one that the system chose where 0 was asked for.
  package let port: Int
  private let descriptor: Int32

  /// Listens on a port, or on a free one for 0. Throws when the system refuses.
  package init(port: Int) throws(FileError) {
    let place = "127.0.0.1:\(port)"
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    if socket < 0 { throw FileError("open a socket for", place) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
    address.sin_addr = in_addr(s_addr: in_addr_t(0x7F00_0001).bigEndian)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    var reuses: Int32 = 1
    unsafe setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &reuses, socklen_t(MemoryLayout<Int32>.size))
    let status = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        if unsafe bind(socket, pointer, length) != 0 || listen(socket, 1) != 0 { return Int32(-1) }
        return unsafe getsockname(socket, pointer, &length)
      }
    }
    if status != 0 {
      let error = FileError("listen at", place)
      close(socket)
      throw error
    }
    descriptor = socket
    self.port = Int(in_port_t(bigEndian: address.sin_port))
  }

  deinit { close(descriptor) }

  /// The next connection; waits for it.
  package func next() throws(FileError) -> ByteChannel {
    while true {
      let connection = accept(descriptor, nil, nil)
      if connection >= 0 { return ByteChannel(input: connection, output: connection) }
      if errno != EINTR { throw FileError("take a connection at", "127.0.0.1:\(port)") }
    }
  }
}
