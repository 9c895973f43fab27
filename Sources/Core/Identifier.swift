/// A UUID; decisions, transfers, records and payments have one each.
package struct Identifier: Sendable, Hashable, Comparable {
  /// The first eight bytes, big-endian.
  package let high: UInt64
  /// The last eight bytes, big-endian.
  package let low: UInt64

  /// The UUID of these 16 bytes; nil for another count.
  package init?(bytes: some Sequence<UInt8>) { self.init(bytes: ArraySlice(bytes)) }

  package init?(bytes: [UInt8]) { self.init(bytes: bytes[...]) }

  /// The UUID of a slice of 16 bytes; nil for another count.
  package init?(bytes: ArraySlice<UInt8>) {
    if bytes.count != 16 { return nil }
    var (high, low): (UInt64, UInt64) = (0, 0)
    for byte in bytes.prefix(8) { high = high << 8 | UInt64(byte) }
    for byte in bytes.suffix(8) { low = low << 8 | UInt64(byte) }
    self.init(high: high, low: low)
  }

  /// The UUID of two halves, whatever version their bits say.
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// A version 7 UUID (RFC 9562 section 5.7): `milliseconds` since 1970 and 74 bits of `random`.
  package init(milliseconds: Int64, random: (UInt64, UInt64)) {
    let time = UInt64(bitPattern: milliseconds) & 0xFFFF_FFFF_FFFF
    self.init(high: time << 16 | 0x7000 | random.0 & 0x0FFF, low: random.1 & 0x3FFF_FFFF_FFFF_FFFF | 1 << 63)
  }

  /// A version 8 UUID (RFC 9562 section 5.8): these bits, except the six of version and variant. Derived ids use it, so
  /// they never collide with a version 7 UUID that somebody chose.
  package init(derived bits: (high: UInt64, low: UInt64)) {
    self.init(high: bits.high & ~0xF000 | 0x8000, low: bits.low & 0x3FFF_FFFF_FFFF_FFFF | 1 << 63)
  }

  /// Reads `018bcfe5-6800-7000-8000-00000000000a` in any case; nil for any other text.
  package init?(_ text: some StringProtocol) { self.init(String(text)) }

  /// Reads a `String` in the same way. O(length).
  package init?(_ text: String) {
    var (high, low, count): (UInt64, UInt64, Int) = (0, 0, 0)
    for character in text.utf8 {
      switch count {
      case 8, 13, 18, 23: if character != UInt8(ascii: "-") { return nil }
      default:
        guard let digit = Hexadecimal.value(of: character, acceptingUpperCase: true) else { return nil }
        if count < 18 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt64(digit) }
      }
      count += 1
      if count > 36 { return nil }
    }
    if count != 36 { return nil }
    self.init(high: high, low: low)
  }

  package var bytes: [UInt8] { withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) } }

  /// The time in the first bits of a version 7 UUID, milliseconds since 1970.
  package var milliseconds: Int64 { Int64(high >> 16) }

  /// Compares bytes, so version 7 UUIDs sort by time.
  package static func < (left: Identifier, right: Identifier) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

extension Identifier: CustomStringConvertible {
  package var description: String {
    String(unsafeUninitializedCapacity: 36) { out in
      var place = 0
      for nibble in 0..<32 {
        switch nibble {
        case 8, 12, 16, 20:
          out.initializeElement(at: place, to: UInt8(ascii: "-"))
          place += 1
        default: break
        }
        let half = nibble < 16 ? high : low
        let value = half >> UInt64(60 - 4 * (nibble & 15)) & 15
        out.initializeElement(at: place, to: Hexadecimal.digit(UInt8(value)))
        place += 1
      }
      return place
    }
  }
}
