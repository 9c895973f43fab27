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

  /// The same trace without the flag by which a caller asks that it be recorded. O(1).
  package var unsampled: TraceContext {
    let flags = UInt8(description.utf8.suffix(2).reduce(0) { $0 << 4 | Self.value($1) } & 0xFE)
    let digits = String(flags, radix: 16)
    return TraceContext(text: description.utf8.dropLast(2) + Array((flags < 16 ? "0" + digits : digits).utf8))
  }

  private init(text: some Collection<UInt8>) { description = String(decoding: text, as: UTF8.self) }

  private static func value(_ digit: UInt8) -> UInt8 { digit < UInt8(ascii: "a") ? digit & 15 : (digit & 15) + 9 }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }
}
