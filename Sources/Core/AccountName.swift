/// The name of a ledger account: `segment(:segment)*`, a segment being `[a-zA-Z0-9_-]+`.
package struct AccountName: Sendable, Hashable, Comparable {
  /// The most bytes of a name.
  package static let maximumLength = 255

  package let text: String

  /// Reads a name; nil for an empty segment, a character outside the alphabet, or over 255 bytes. O(length).
  package init?(_ text: some StringProtocol) { self.init(String(text)) }

  /// Reads a `String` in the same way. O(length).
  package init?(_ text: String) {
    var (length, segmentLength) = (0, 0)
    for byte in text.utf8 {
      length += 1
      switch byte {
      case UInt8(ascii: ":"):
        if segmentLength == 0 { return nil }
        segmentLength = 0
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): segmentLength += 1
      default: return nil
      }
    }
    if segmentLength == 0 || length > Self.maximumLength { return nil }
    self.text = text
  }

  /// Whether `text` can be one segment of a name, such as a citizen's in `citizen:NAME`. O(length).
  package static func isSegment(_ text: some StringProtocol) -> Bool {
    !text.utf8.contains(UInt8(ascii: ":")) && Self(text) != nil
  }

  /// Any text as one segment: what is legal stays; any other byte is `-_` and two hexadecimal digits, as is a `-`
  /// before a `_`; nothing at all is `-_`. So no two texts have one segment. Rules have the same as `account(…)`.
  /// O(bytes).
  package static func segment(of text: String) -> String {
    let bytes = Array(text.utf8)
    if bytes.isEmpty { return "-_" }
    var out: [UInt8] = []
    for (place, byte) in bytes.enumerated() {
      switch byte {
      case UInt8(ascii: "-") where place + 1 < bytes.count && bytes[place + 1] == UInt8(ascii: "_"):
        out += Array("-_2d".utf8)
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): out.append(byte)
      default: out += Array("-_".utf8) + Array(Hexadecimal.text([byte]).utf8)
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  package static func < (left: AccountName, right: AccountName) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }
}

extension AccountName: CustomStringConvertible {
  package var description: String { text }
}
