/// Bytes as lower-case hexadecimal digits.
package enum Hexadecimal {
  /// Two digits a byte. O(bytes).
  package static func text(_ bytes: some Sequence<UInt8>) -> String {
    var out: [UInt8] = []
    out.reserveCapacity(2 * bytes.underestimatedCount)
    for byte in bytes {
      out.append(digit(byte >> 4))
      out.append(digit(byte & 15))
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// The bytes of `text`; nil unless it consists of pairs of lower-case digits, or of either case on request.
  /// O(length).
  package static func bytes(_ text: some StringProtocol, acceptingUpperCase: Bool = false) -> [UInt8]? {
    var values: [UInt8] = []
    for byte in text.utf8 {
      guard let value = value(of: byte, acceptingUpperCase: acceptingUpperCase) else { return nil }
      values.append(value)
    }
    guard values.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
  }

  /// The digit for a value of 0 to 15.
  static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x61 - 10 + value }

  /// The value of a digit; nil for any other character.
  static func value(of digit: UInt8, acceptingUpperCase: Bool) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x61...0x66: digit - 0x61 + 10
    case 0x41...0x46 where acceptingUpperCase: digit - 0x41 + 10
    default: nil
    }
  }
}
