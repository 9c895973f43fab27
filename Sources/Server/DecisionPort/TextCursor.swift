internal import Core

/// Writes text into memory that has room for all of it, from front to back.
///
/// Each piece is one copy: a buffer would look at its room, and whether it is shared, every time.
struct TextCursor {
  private let target: UnsafeMutableRawBufferPointer
  /// How many bytes were written.
  private(set) var length = 0

  /// Writes from the beginning of `target` on.
  init(_ target: UnsafeMutableRawBufferPointer) { self.target = target }

  mutating func append(_ text: StaticString) {
    append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func append(_ text: String) {
    if text.isEmpty { return }
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    UnsafeMutableRawBufferPointer(rebasing: target[length..<length + bytes.count]).copyMemory(from: bytes)
    length += bytes.count
  }

  /// A number without sign, in decimal.
  mutating func append(decimal value: Int) {
    let end = length + Self.decimalLength(value)
    var rest = value
    var place = end
    while place > length {
      place -= 1
      target[place] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
      rest /= 10
    }
    length = end
  }

  /// How many digits ``append(decimal:)`` writes.
  static func decimalLength(_ value: Int) -> Int {
    var length = 1
    var rest = value / 10
    while rest > 0 {
      length += 1
      rest /= 10
    }
    return length
  }

  /// A UUID's 36 characters.
  mutating func append(_ id: Identifier) {
    append(hexadecimal: id.high, from: 0, to: 8)
    append("-")
    append(hexadecimal: id.high, from: 8, to: 12)
    append("-")
    append(hexadecimal: id.high, from: 12, to: 16)
    append("-")
    append(hexadecimal: id.low, from: 0, to: 4)
    append("-")
    append(hexadecimal: id.low, from: 4, to: 16)
  }

  private mutating func append(hexadecimal half: UInt64, from first: Int, to end: Int) {
    for index in first..<end {
      let digit = UInt8(truncatingIfNeeded: half >> UInt64(60 - index * 4)) & 15
      target[length] = digit < 10 ? 0x30 + digit : 0x57 + digit
      length += 1
    }
  }
}
