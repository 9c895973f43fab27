internal import Core
internal import Glibc
package import NIOCore

/// Whose request it is: an address, that of the connection or the one a trusted proxy passed on.
package struct ClientAddress: Sendable, Equatable {
  private enum Kind: Equatable {
    /// IPv4 or IPv6; an IPv6 address that maps an IPv4 one is that.
    case network(Authority.Name)
    /// Somebody on this machine, over a Unix socket.
    case unix
    case unknown
  }

  private let kind: Kind

  /// The client of a connection without an address.
  static let unknown = ClientAddress(kind: .unknown)
  /// A client, or proxy, on a Unix socket.
  static let unix = ClientAddress(kind: .unix)

  private init(kind: Kind) { self.kind = kind }

  /// The other end of a connection.
  package init(_ address: SocketAddress?) {
    switch address {
    case .unixDomainSocket: self = .unix
    // A zone behind the address names a card of this machine.
    case .v4, .v6: self = address?.ipAddress.flatMap { Self(digits: String($0.prefix { $0 != "%" })) } ?? .unknown
    case nil: self = .unknown
    }
  }

  /// An address in digits, IPv4 in four decimal numbers, IPv6 without brackets; nil when the text is none. O(length).
  init?(digits text: String) {
    guard text.utf8.count <= 45, let name = Authority.Name(unbracketed: text), name.isAddress,
      text.utf8.first != UInt8(ascii: "[")
    else { return nil }
    kind = .network(name)
  }

  /// The bytes in network order, 4 or 16; nil for whoever isn't in a network.
  var bytes: [UInt8]? {
    guard case .network(let name) = kind else { return nil }
    switch name {
    case .version4(let bytes), .version6(let bytes): return bytes
    case .registered: return nil
    }
  }

  /// What stands for one customer: an IPv4 address, or half of an IPv6 address, which one customer has.
  var customer: String {
    guard let bytes else { return text }
    return bytes.count == 4 ? text : "\(bytes.prefix(8))"
  }

  /// The address as people write it, `unix` or `unknown`.
  var text: String {
    guard let bytes else { return kind == .unix ? "unix" : "unknown" }
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    _ = inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
