/// What the host asks of another server.
package struct OutboundRequest: Sendable {
  /// The verb of a request.
  package enum Method: String, Sendable {
    case get = "GET"
    case post = "POST"
    case delete = "DELETE"
  }

  /// The verb of the request line.
  package var method: Method
  /// Where to: `http` or `https`, percent-encoded.
  package var url: String
  /// The fields of the head, in the order they are sent. A value may be a secret: it is printed nowhere.
  package var fields: [Field]
  /// The body; nil sends none.
  package var body: [UInt8]?
  /// Whether a proxy that the environment names may be asked. Loopback is never asked through one.
  package var usesProxy = true
  /// The path of a Unix socket on which the server listens; nil for the host and port of the address.
  package var unixSocket: String?

  /// A field of a head.
  package struct Field: Sendable, Equatable {
    /// A token of letters, digits, `-` and `_`; case doesn't matter.
    package var name: String
    /// Any text without control characters.
    package var value: String

    /// A field, checked when it is sent.
    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// A request, checked when it is sent.
  package init(_ method: Method, _ url: String, fields: [Field] = [], body: [UInt8]? = nil) {
    self.method = method
    self.url = url
    self.fields = fields
    self.body = body
  }

  /// What keeps this from being sent as it is meant: a control character would begin a field of its own.
  var fault: String? {
    let isAddress = url.utf8.starts(with: "https://".utf8) || url.utf8.starts(with: "http://".utf8)
    guard isAddress, url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      return "the address is not an http or https URL in printable ASCII"
    }
    for field in fields {
      guard !field.name.isEmpty, field.name.utf8.allSatisfy(Self.isToken) else {
        return "'\(field.name.unicodeScalars.map { $0.escaped(asASCII: true) }.joined())' is not a field's name"
      }
      guard field.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
        return "the value of \(field.name) has a control character"
      }
    }
    return nil
  }

  /// Whether the address is on loopback, where nobody else reads what is sent. O(1).
  package var isLoopback: Bool {
    ["127.0.0.1", "localhost", "[::1]"].contains { name in
      ["http://", "https://"].contains { scheme in
        let start = scheme + name
        guard url.utf8.starts(with: start.utf8) else { return false }
        let next = url.utf8.dropFirst(start.utf8.count).first
        return next == nil || [UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "?")].contains(next)
      }
    }
  }

  private static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
