/// The id of a request, as `X-Request-Id` carries it.
package struct RequestID: Sendable, Hashable, CustomStringConvertible {
  /// 1 to 64 letters, digits, dots, underscores and hyphens.
  package let description: String

  /// The most bytes of an id.
  private static let mostBytes = 64

  /// The id that a client gave; nil for any other form, as what stands in logs and records is no place for more.
  /// O(length).
  package init?(_ text: String) {
    guard (1...Self.mostBytes).contains(text.utf8.count), text.utf8.allSatisfy(Self.isPlain) else { return nil }
    description = text
  }

  private init(_ id: Identifier) { description = id.description }

  /// An id that no other request has.
  package static func made() -> RequestID {
    var identifiers = IdentifierGenerator()
    return RequestID(identifiers.next())
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
