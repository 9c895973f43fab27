internal import Core
internal import Glibc

/// Where the bytes of one record are written, one piece behind the other, in memory that has room for them.
@safe struct RecordText {
  private var place: UnsafeMutableRawPointer

  /// Writes from `place` on; whoever makes it has counted what comes.
  init(at place: UnsafeMutableRawPointer) { self.place = place }

  /// How many bytes were written behind `start`.
  func count(since start: UnsafeMutableRawPointer) -> Int { place - start }

  mutating func append(_ text: StaticString) {
    memcpy(place, text.utf8Start, text.utf8CodeUnitCount)
    place += text.utf8CodeUnitCount
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    memcpy(place, base, bytes.count)
    place += bytes.count
  }

  mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

  /// The 36 characters of an id.
  mutating func append(_ id: Identifier) {
    for nibble in 0..<32 {
      if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 { append(byte: UInt8(ascii: "-")) }
      let half = nibble < 16 ? id.high : id.low
      let digit = UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * (nibble & 15)) & 15)
      append(byte: digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit)
    }
  }

  /// Appends the digits of a number, at most 20.
  mutating func append(decimal number: Int64) {
    if number < 0 { append(byte: UInt8(ascii: "-")) }
    var rest = number.magnitude
    var (digits, bound) = (1, UInt64(10))
    while digits < 19, rest >= bound { (digits, bound) = (digits + 1, bound &* 10) }
    // A constant divisor is a multiplication.
    for digit in (0..<digits).reversed() {
      let byte = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      place.storeBytes(of: byte, toByteOffset: digit, as: UInt8.self)
      rest /= 10
    }
    place += digits
  }

  private mutating func append(byte: UInt8) {
    place.storeBytes(of: byte, as: UInt8.self)
    place += 1
  }
}
