import ArgumentParser

/// An address `HOST:PORT`, with brackets around IPv6.
struct Address: Sendable {
  static let defaultAPI = "127.0.0.1:8080"
  static let defaultDecisions = "127.0.0.1:8181"

  var host: String
  var port: Int

  /// Reads `text`; throws a usage error that names `option`.
  init(_ text: String, option: String) throws {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65535).contains(port), colon != text.startIndex
    else { throw ValidationError("\(option) wants HOST:PORT, got '\(text)'") }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    self.host = String(host)
    self.port = port
  }

  /// The root of the host as a link; `bound` is the port that the system chose.
  func link(bound: Int? = nil) -> String {
    "http://\(host.contains(":") ? "[\(host)]" : host):\(bound ?? port)"
  }
}
