import Core
import ArgumentParser
import Outbound
import Platform

/// An address that is listened on: `HOST:PORT`, with brackets around IPv6, or `unix:PATH`.
struct Address: Sendable {
  static let defaultAPI = "127.0.0.1:8080"
  static let defaultDecisions = "127.0.0.1:8181"

  private static let unix = "unix:"

  /// The name in it; that of this machine for a Unix socket.
  var host: String
  /// The port; 0 lets the system choose, or there is none.
  var port: Int
  /// The Unix socket; nil for a port.
  var path: String?

  /// Reads `text`; throws a usage error that names `option`.
  init(_ text: String, option: String) throws {
    if let path = text.rest(behind: Self.unix) {
      guard path.utf8.first == UInt8(ascii: "/"), path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
        path.utf8.count <= UnixListener.mostPathBytes
      else {
        throw ValidationError(
          "\(option) wants unix: and an absolute path of at most \(UnixListener.mostPathBytes) bytes, got '\(text)'")
      }
      (host, port, self.path) = ("localhost", 0, String(path))
      return
    }
    guard let colon = text.lastPlace(of: ":"), case let digits = text[colon...].utf8.dropFirst(),
      digits.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(Substring(digits)),
      (0...65535).contains(port), colon != text.startIndex
    else { throw ValidationError("\(option) wants HOST:PORT or unix:PATH, got '\(text)'") }
    var host = text[..<colon]
    let isBracketed = host.begins(with: "[") && host.ends(with: "]")
    if isBracketed { host = host.dropFirst().dropLast() }
    guard isBracketed == host.has(":"), host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"[]/@".utf8.contains($0) })
    else { throw ValidationError("\(option) wants HOST:PORT, with brackets around IPv6, got '\(text)'") }
    self.host = String(host)
    self.port = port
  }

  /// The address of a socket that was handed over.
  init(_ place: HandedSockets.Place) {
    switch place {
    case .network(let host, let port): (self.host, self.port, path) = (host, port, nil)
    case .unix(let path): (host, port, self.path) = ("localhost", 0, path)
    }
  }

  /// The address as it is read.
  var text: String { path.map { Self.unix + $0 } ?? "\(printedHost):\(port)" }

  /// Whether two ports can't both listen, here and at `other`.
  func excludes(_ other: Address) -> Bool { (path != nil || port != 0) && text == other.text }

  /// The host's root as a link, once `bound` is known to be the port that the system chose.
  func link(bound: Int? = nil) -> String {
    path == nil ? "http://\(printedHost):\(bound ?? port)" : "http://\(printedHost)"
  }

  /// A request to whoever listens here; never through a proxy.
  func request(_ method: OutboundRequest.Method, _ path: String) -> OutboundRequest {
    var request = OutboundRequest(method, link() + path)
    request.usesProxy = false
    request.unixSocket = self.path
    return request
  }

  private var printedHost: String { host.has(":") ? "[\(host)]" : host }
}
