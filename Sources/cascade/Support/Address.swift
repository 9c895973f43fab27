import Core
import ArgumentParser

/// An address `HOST:PORT`, with brackets around IPv6.
struct Address: Sendable {
  static let defaultAPI = "127.0.0.1:8080"
  static let defaultDecisions = "127.0.0.1:8181"

  var host: String
  var port: Int

  /// Reads `text`; throws a usage error that names `option`.
  init(_ text: String, option: String) throws {
    guard let colon = text.lastPlace(of: ":"), case let digits = text[colon...].utf8.dropFirst(),
      digits.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(Substring(digits)),
      (0...65535).contains(port), colon != text.startIndex
    else { throw ValidationError("\(option) wants HOST:PORT, got '\(text)'") }
    var host = text[..<colon]
    let isBracketed = host.begins(with: "[") && host.ends(with: "]")
    if isBracketed { host = host.dropFirst().dropLast() }
    guard isBracketed == host.has(":"), host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"[]/@".utf8.contains($0) })
    else { throw ValidationError("\(option) wants HOST:PORT, with brackets around IPv6, got '\(text)'") }
    self.host = String(host)
    self.port = port
  }

  /// `HOST:PORT`, as it is read.
  var text: String { "\(host.has(":") ? "[\(host)]" : host):\(port)" }

  /// The host's root as a link, once `bound` is known to be the port that the system chose.
  func link(bound: Int? = nil) -> String {
    "http://\(host.has(":") ? "[\(host)]" : host):\(bound ?? port)"
  }
}
