/// A whole answer of another server.
package struct OutboundResponse: Sendable {
  /// The status, 100 to 999.
  package var status: Int
  /// The fields of the last head that came, in order, without white space around their values.
  package var fields: [OutboundRequest.Field]
  /// The body as it came; no encoding is asked for, and none undone.
  package var body: [UInt8]

  /// The first value of a field of this name, in any case; nil without one. O(fields).
  package func field(_ name: String) -> String? {
    fields.first { $0.isNamed(name) }?.value
  }
}

extension OutboundRequest.Field {
  /// Whether the field has this name, in any case. O(length).
  func isNamed(_ other: String) -> Bool {
    name.utf8.count == other.utf8.count && zip(name.utf8, other.utf8).allSatisfy { Self.lower($0) == Self.lower($1) }
  }

  private static func lower(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
