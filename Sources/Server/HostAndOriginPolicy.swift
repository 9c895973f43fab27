internal import Decisions

/// Whose requests are answered: the defence against DNS rebinding and foreign pages.
///
/// A page may let its own name point to this machine, and then speak to a port that only listens on
/// loopback; the browser still sends the page's name as `Host`. And a page may send to this port by its
/// right name; the browser then sends the page as `Origin`. A client that is no browser sends what it
/// likes, so this is no authentication.
///
/// Accepted as `Host` are `localhost` and loopback addresses with any port (a tunnel may have another),
/// the bound address with its port, any address with the bound port when all are bound (an address in
/// digits can't be rebound), and what is in the list of allowed ones. An `Origin` must be the `Host` the
/// request names, or in the list.
package struct HostAndOriginPolicy: Sendable {
  /// `Host` as most clients send it, accepted without a closer look.
  private let usual: [String]
  private let bound: Authority?
  private let bindsAll: Bool
  private let allowedHosts: [Authority]
  private let allowedOrigins: [Origin]

  /// A policy for a server on this address. `port` 0 or nil, for a port the system chooses, stands for
  /// any. `allowed` holds further names, `host` for any port or `host:port`, and origins,
  /// `https://host` or `https://host:port`; what is none of these allows nothing.
  package init(host: String, port: Int?, allowed: [String] = []) {
    let port = port == 0 ? nil : port
    let name = Authority.Name(unbracketed: host)
    bound = name.map { Authority(name: $0, port: port) }
    bindsAll = name?.isUnspecified ?? false
    usual = port.map { port in ["127.0.0.1:\(port)", "localhost:\(port)", "[::1]:\(port)"] } ?? []
    allowedOrigins = allowed.compactMap(Origin.init)
    allowedHosts = allowed.compactMap(Authority.init)
  }

  /// Why a request with these two fields isn't answered, nil when it is. O(length); a `Host` on
  /// loopback without an `Origin` costs a few comparisons.
  package func refusal(host: String?, origin: String?) -> String? {
    guard let host else { return "the request names no Host" }
    if origin == nil, usual.contains(host) { return nil }
    guard let authority = Authority(host), accepts(authority) else {
      return "this server does not answer to the Host '\(Self.printable(host))'; use its address, or allow the name"
    }
    guard let origin else { return nil }
    guard let parsed = Origin(origin), accepts(parsed, for: authority) else {
      return "the Origin '\(Self.printable(origin))' may not use this server"
    }
    return nil
  }

  /// Whether `text` is an origin of HTTP's two schemes, such as `https://host` or `https://host:port`. O(length).
  package static func isOrigin(_ text: String) -> Bool { Origin(text) != nil }

  /// Whether `text` can be allowed: a name, `host` or `host:port`, or an origin. O(length).
  package static func canAllow(_ text: String) -> Bool { Origin(text) != nil || Authority(text) != nil }

  private func accepts(_ host: Authority) -> Bool {
    if host.name.isLoopback { return true }
    // Without a port, a Host means HTTP's.
    let port = host.port ?? 80
    if let bound, bound.port == nil || bound.port == port {
      if bound.name == host.name || bindsAll && host.name.isAddress { return true }
    }
    return allowedHosts.contains { $0.name == host.name && ($0.port == nil || $0.port == port) }
  }

  private func accepts(_ origin: Origin, for host: Authority) -> Bool {
    if origin.name == host.name && origin.port == (host.port ?? origin.defaultPort) { return true }
    return allowedOrigins.contains(origin)
      || allowedHosts.contains { $0.name == origin.name && ($0.port == nil || $0.port == origin.port) }
  }

  /// What a stranger sent, short and without control characters.
  private static func printable(_ text: String) -> String {
    let shown = text.unicodeScalars.prefix(80).map { $0.value < 0x20 || $0.value == 0x7F ? "?" : $0 }
    return String(String.UnicodeScalarView(shown))
  }
}
