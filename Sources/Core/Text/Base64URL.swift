/// Base64url without padding (RFC 4648 section 5; RFC 7515 appendix C).
package enum Base64URL {
  /// The text of `bytes`. O(bytes).
  package static func text(_ bytes: some Sequence<UInt8>) -> String {
    var out: [UInt8] = []
    var bits: UInt32 = 0
    var count: UInt32 = 0
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        out.append(alphabet[Int(bits >> count & 63)])
      }
    }
    if count > 0 { out.append(alphabet[Int(bits << (6 - count) & 63)]) }
    return String(decoding: out, as: UTF8.self)
  }

  /// The bytes of `text`; nil when it holds padding, white space, other characters or unused bits that
  /// aren't zero, so that every byte string has one text. O(length).
  package static func bytes(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var out: [UInt8] = []
    var bits: UInt32 = 0
    var count: UInt32 = 0
    for character in text {
      guard let value = value(of: character) else { return nil }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        out.append(UInt8(truncatingIfNeeded: bits >> count))
      }
    }
    // Six bits left over hold no byte; two or four must be zero.
    guard count < 6, bits & (1 << count - 1) == 0 else { return nil }
    return out
  }

  /// As above, over the UTF-8 of `text`.
  package static func bytes(_ text: some StringProtocol) -> [UInt8]? { bytes(text.utf8) }

  private static func value(of character: UInt8) -> UInt8? {
    switch character {
    case 0x41...0x5A: character - 0x41
    case 0x61...0x7A: character - 0x61 + 26
    case 0x30...0x39: character - 0x30 + 52
    case UInt8(ascii: "-"): 62
    case UInt8(ascii: "_"): 63
    default: nil
    }
  }

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
}
