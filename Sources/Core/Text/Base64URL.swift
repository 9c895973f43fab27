/// Base64url without padding (RFC 4648 section 5; RFC 7515 appendix C).
package enum Base64URL {
  /// The text of `bytes`. O(bytes).
  package static func text(_ bytes: some Sequence<UInt8>) -> String {
    var out: [UInt8] = []
    append(bytes, to: &out)
    return String(decoding: out, as: UTF8.self)
  }

  /// Appends the text of `bytes` to `out`. O(bytes).
  package static func append(_ bytes: some Sequence<UInt8>, to out: inout [UInt8]) {
    // A generic sequence costs a call for each byte; what lies in one piece is looked at there.
    if bytes.withContiguousStorageIfAvailable({ encode($0, &out) }) == nil {
      Array(bytes).withUnsafeBufferPointer { encode($0, &out) }
    }
  }

  /// The bytes of `text`; nil when it holds padding, white space, other characters or unused bits that
  /// aren't zero, so that every byte string has one text. O(length).
  package static func bytes(_ text: some Sequence<UInt8>) -> [UInt8]? {
    text.withContiguousStorageIfAvailable(decode) ?? Array(text).withUnsafeBufferPointer(decode)
  }

  /// As above, over the UTF-8 of `text`.
  package static func bytes(_ text: some StringProtocol) -> [UInt8]? { bytes(text.utf8) }

  private static func encode(_ bytes: UnsafeBufferPointer<UInt8>, _ out: inout [UInt8]) {
    out.reserveCapacity(out.count + (bytes.count * 8 + 5) / 6)
    var bits: UInt32 = 0
    var count: UInt32 = 0
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        out.append(character(of: UInt8(truncatingIfNeeded: bits >> count & 63)))
      }
    }
    if count > 0 { out.append(character(of: UInt8(truncatingIfNeeded: bits << (6 - count) & 63))) }
  }

  private static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    // Six bits left over hold no byte; two or four must be zero.
    guard text.count % 4 != 1 else { return nil }
    var isValid = true
    let out = [UInt8](unsafeUninitializedCapacity: text.count * 6 / 8) { buffer, written in
      var bits: UInt32 = 0
      var count: UInt32 = 0
      for character in text {
        let value = value(of: character)
        guard value < 64 else { return isValid = false }
        bits = bits << 6 | UInt32(value)
        count += 6
        if count >= 8 {
          count -= 8
          buffer[written] = UInt8(truncatingIfNeeded: bits >> count)
          written += 1
        }
      }
      isValid = bits & (1 << count - 1) == 0
    }
    return isValid ? out : nil
  }

  private static func character(of value: UInt8) -> UInt8 {
    switch value {
    case 0..<26: 0x41 + value
    case 26..<52: 0x61 + (value - 26)
    case 52..<62: 0x30 + (value - 52)
    case 62: UInt8(ascii: "-")
    default: UInt8(ascii: "_")
    }
  }

  /// Six bits, or 64 for a character of another alphabet.
  private static func value(of character: UInt8) -> UInt8 {
    switch character {
    case 0x41...0x5A: character - 0x41
    case 0x61...0x7A: character - 0x61 + 26
    case 0x30...0x39: character - 0x30 + 52
    case UInt8(ascii: "-"): 62
    case UInt8(ascii: "_"): 63
    default: 64
    }
  }
}
