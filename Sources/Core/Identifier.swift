/// A UUID: of decisions, transfers, records, payments.
package struct Identifier: Sendable, Hashable, Comparable {
  /// The first eight bytes, big-endian.
  package let high: UInt64
  /// The last eight bytes, big-endian.
  package let low: UInt64

  /// The UUID of these 16 bytes; nil for another count.
  package init?(bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    guard bytes.count == 16 else { return nil }
    self.init(
      high: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) },
      low: bytes[8...].reduce(0) { $0 << 8 | UInt64($1) })
  }

  /// The UUID of these halves, as they are.
  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// A version 7 UUID (RFC 9562 section 5.7): `milliseconds` since 1970 and 74 bits of `random`.
  package init(milliseconds: Int64, random: (UInt64, UInt64)) {
    let time = UInt64(bitPattern: milliseconds) & 0xFFFF_FFFF_FFFF
    self.init(high: time << 16 | 0x7000 | random.0 & 0x0FFF, low: random.1 & 0x3FFF_FFFF_FFFF_FFFF | 1 << 63)
  }

  /// The UUID written as `018bcfe5-6800-7000-8000-00000000000a`, any case; nil for any other text.
  package init?(_ text: some StringProtocol) {
    let characters = Array(text.utf8)
    guard characters.count == 36 else { return nil }
    var digits: [UInt8] = []
    for (index, character) in characters.enumerated() {
      if [8, 13, 18, 23].contains(index) {
        if character != UInt8(ascii: "-") { return nil }
      } else {
        digits.append(character)
      }
    }
    let joined = String(decoding: digits, as: UTF8.self)
    guard let bytes = Hexadecimal.bytes(joined, acceptingUpperCase: true) else { return nil }
    self.init(bytes: bytes)
  }

  /// The 16 bytes.
  package var bytes: [UInt8] {
    [high, low].flatMap { half in stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: half >> $0) } }
  }

  /// The milliseconds since 1970 that a version 7 UUID begins with.
  package var milliseconds: Int64 { Int64(high >> 16) }

  /// By bytes, so version 7 UUIDs sort by time.
  package static func < (left: Identifier, right: Identifier) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

extension Identifier: CustomStringConvertible {
  /// The UUID in lower case with its four dashes.
  package var description: String {
    let digits = Hexadecimal.text(bytes)
    var out = ""
    for (index, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(index) { out += "-" }
      out.append(digit)
    }
    return out
  }
}
