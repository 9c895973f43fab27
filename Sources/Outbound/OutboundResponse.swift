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
    fields.first { Self.isSame($0.name, name) }?.value
  }

  private static func isSame(_ one: String, _ other: String) -> Bool {
    one.utf8.count == other.utf8.count && zip(one.utf8, other.utf8).allSatisfy { lower($0) == lower($1) }
  }

  private static func lower(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
