/// Bytes as lower-case hexadecimal digits.
package enum Hexadecimal {
  /// Two digits a byte. O(bytes).
  package static func text(_ bytes: some Sequence<UInt8>) -> String {
    var out: [UInt8] = []
    for byte in bytes {
      out.append(digits[Int(byte >> 4)])
      out.append(digits[Int(byte & 15)])
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// The bytes of `text`; nil unless it consists of pairs of digits. Upper case only when asked for. O(length).
  package static func bytes(_ text: some StringProtocol, acceptingUpperCase: Bool = false) -> [UInt8]? {
    var values: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39: values.append(byte - 0x30)
      case 0x61...0x66: values.append(byte - 0x61 + 10)
      case 0x41...0x46 where acceptingUpperCase: values.append(byte - 0x41 + 10)
      default: return nil
      }
    }
    guard values.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
  }

  private static let digits = Array("0123456789abcdef".utf8)
}
