package import Core
internal import Glibc

/// The listening sockets that whoever started the process handed over, by name: what systemd calls socket activation
/// (sd_listen_fds(3)).
package struct HandedSockets: Sendable {
  /// Where a socket listens.
  package enum Place: Sendable, Equatable {
    /// An address in digits, without brackets, and a port.
    case network(host: String, port: Int)
    /// A Unix socket's path; empty for one without a name.
    case unix(path: String)
  }

  /// A socket that listens.
  package struct Socket: Sendable, Equatable {
    /// The number under which the process has it.
    package var descriptor: Int32
    /// Where connections come from.
    package var place: Place
  }

  /// The sockets by their names.
  package let sockets: [String: Socket]

  private static let variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]
  private static let first: Int32 = 3
  private static let most = 64

  /// Takes the sockets that the environment tells of; none when it tells of another process. They aren't handed on: the
  /// variables are gone then, and programs that this process starts don't get them. Throws when one is of no name in
  /// `names`, of one that another has, or doesn't listen. To be called before other threads start.
  package init(named names: [String]) throws(UsageError) {
    let values = Self.variables.map { name in unsafe getenv(name).map { unsafe String(cString: $0) } }
    for name in Self.variables { unsafe unsetenv(name) }
    var sockets: [String: Socket] = [:]
    if let process = values[0], Int32(process) == getpid(), let text = values[1] {
      guard let count = Int(text), (0...Self.most).contains(count) else {
        throw UsageError("LISTEN_FDS is '\(text)', which is no number of sockets")
      }
      let given = (values[2] ?? "").utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
      for index in 0..<count {
        let descriptor = Self.first + Int32(index)
        let name = given.indices.contains(index) ? String(decoding: Array(given[index]), as: UTF8.self) : ""
        guard names.contains(name) else {
          throw UsageError(
            "a socket was handed over as '\(name)'; FileDescriptorName= is \(names.joined(separator: " or "))")
        }
        if sockets[name] != nil { throw UsageError("two sockets were handed over as '\(name)'") }
        guard let place = Self.place(of: descriptor) else {
          throw UsageError("the socket '\(name)' that was handed over doesn't listen for connections")
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        sockets[name] = Socket(descriptor: descriptor, place: place)
      }
    }
    self.sockets = sockets
  }

  /// Where a socket listens; nil when it doesn't, or isn't one.
  private static func place(of descriptor: Int32) -> Place? {
    guard number(SO_TYPE, descriptor) == Int32(SOCK_STREAM.rawValue), number(SO_ACCEPTCONN, descriptor) == 1 else {
      return nil
    }
    var address = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let status = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(descriptor, $0, &length) }
    }
    if status != 0 { return nil }
    switch Int32(address.ss_family) {
    case AF_INET, AF_INET6: return network(&address, length)
    case AF_UNIX: return .unix(path: path(&address, length))
    default: return nil
    }
  }

  private static func number(_ option: Int32, _ descriptor: Int32) -> Int32? {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return unsafe getsockopt(descriptor, SOL_SOCKET, option, &value, &length) == 0 ? value : nil
  }

  private static func network(_ address: inout sockaddr_storage, _ length: socklen_t) -> Place? {
    var (host, port) = ([CChar](repeating: 0, count: 64), [CChar](repeating: 0, count: 8))
    let status = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe getnameinfo(
          $0, length, &host, socklen_t(host.count), &port, socklen_t(port.count), NI_NUMERICHOST | NI_NUMERICSERV)
      }
    }
    guard status == 0, let number = Int(text(port)) else { return nil }
    return .network(host: text(host), port: number)
  }

  private static func path(_ address: inout sockaddr_storage, _ length: socklen_t) -> String {
    unsafe withUnsafeBytes(of: &address) { bytes in
      let name = unsafe bytes[..<Int(length)].dropFirst(MemoryLayout<sa_family_t>.size)
      return unsafe String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  private static func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
