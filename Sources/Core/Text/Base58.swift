/// Base58 with Bitcoin's alphabet, in which Solana writes keys: the bytes as a number in base 58, with a `1` for each
/// leading zero byte.
package enum Base58 {
  /// The most characters that ``bytes(_:)`` reads.
  package static let maximumLength = 128

  /// The text of `bytes`. O(bytes²).
  package static func text(_ bytes: some Collection<UInt8>) -> String {
    // Digits of the number, the lowest first.
    var digits: [UInt8] = []
    for byte in bytes {
      var carry = UInt32(byte)
      for index in digits.indices {
        carry += UInt32(digits[index]) << 8
        digits[index] = UInt8(carry % 58)
        carry /= 58
      }
      while carry > 0 {
        digits.append(UInt8(carry % 58))
        carry /= 58
      }
    }
    let zeros = bytes.prefix { $0 == 0 }.count
    let out = [UInt8](repeating: alphabet[0], count: zeros) + digits.reversed().map { alphabet[Int($0)] }
    return String(decoding: out, as: UTF8.self)
  }

  /// The bytes of `text`; nil for a foreign character and for over 128 characters. Each byte string has exactly one
  /// text. O(length²).
  package static func bytes(_ text: some StringProtocol) -> [UInt8]? {
    let characters = Array(text.utf8.prefix(maximumLength + 1))
    guard characters.count <= maximumLength else { return nil }
    // Bytes of the number, the lowest first.
    var number: [UInt8] = []
    for character in characters {
      guard let digit = alphabet.firstIndex(of: character) else { return nil }
      var carry = UInt32(digit)
      for index in number.indices {
        carry += UInt32(number[index]) * 58
        number[index] = UInt8(truncatingIfNeeded: carry)
        carry >>= 8
      }
      while carry > 0 {
        number.append(UInt8(truncatingIfNeeded: carry))
        carry >>= 8
      }
    }
    let zeros = characters.prefix { $0 == alphabet[0] }.count
    return [UInt8](repeating: 0, count: zeros) + number.reversed()
  }

  private static let alphabet = Array("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)
}
