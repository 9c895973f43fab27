/// Which trace something is part of: the field `traceparent` of W3C's Trace Context, level 1.
package struct TraceContext: Sendable, Hashable, CustomStringConvertible {
  /// The field as it goes on: `00-<32 hex digits>-<16 hex digits>-<2 hex digits>`, lower case.
  package let description: String

  /// Reads the field; nil for what isn't of version 00 or has an id of zeros. O(1).
  package init?(traceparent text: some StringProtocol) {
    let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.map(\.count) == [2, 32, 16, 2], parts[0].elementsEqual("00".utf8),
      parts.allSatisfy({ $0.allSatisfy(Self.isHexDigit) }),
      parts[1...2].allSatisfy({ part in part.contains { $0 != UInt8(ascii: "0") } })
    else { return nil }
    description = String(text)
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }
}
