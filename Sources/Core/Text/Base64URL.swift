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
    // A generic sequence costs a call for each byte; contiguous bytes are read in place.
    if bytes.withContiguousStorageIfAvailable({ encode($0, &out) }) == nil {
      Array(bytes).withUnsafeBufferPointer { encode($0, &out) }
    }
  }

  /// The bytes of `text`; nil for padding, white space, other characters, or unused bits that aren't zero. Each byte
  /// string has exactly one text. O(length).
  package static func bytes(_ text: some Sequence<UInt8>) -> [UInt8]? {
    text.withContiguousStorageIfAvailable(decode) ?? Array(text).withUnsafeBufferPointer(decode)
  }

  /// The bytes of the base64url in `text`; nil as above. O(length).
  package static func bytes(_ text: some StringProtocol) -> [UInt8]? { bytes(text.utf8) }

  private static func encode(_ bytes: UnsafeBufferPointer<UInt8>, _ out: inout [UInt8]) {
    let letters = alphabet.utf8Start
    out += [UInt8](unsafeUninitializedCapacity: (bytes.count * 8 + 5) / 6) { buffer, written in
      func write(_ value: UInt32) {
        buffer[written] = letters[Int(value & 63)]
        written += 1
      }
      var index = 0
      while index + 2 < bytes.count {
        let bits = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
        write(bits >> 18)
        write(bits >> 12)
        write(bits >> 6)
        write(bits)
        index += 3
      }
      let rest = bytes.count - index
      guard rest > 0 else { return }
      let bits = UInt32(bytes[index]) << 16 | (rest == 2 ? UInt32(bytes[index + 1]) << 8 : 0)
      write(bits >> 18)
      write(bits >> 12)
      if rest == 2 { write(bits >> 6) }
    }
  }

  private static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    // Six left-over bits hold no byte; two or four must be zero.
    guard text.count % 4 != 1 else { return nil }
    // ≥ 64 once any character was outside the alphabet.
    var all: UInt8 = 0
    var unused: UInt32 = 0
    let out = values.withUnsafeBufferPointer { values in
      [UInt8](unsafeUninitializedCapacity: text.count * 6 / 8) { buffer, written in
        var bits: UInt32 = 0
        var count: UInt32 = 0
        for character in text {
          let value = values[Int(character)]
          all |= value
          bits = bits << 6 | UInt32(value)
          count += 6
          if count >= 8 {
            count -= 8
            buffer[written] = UInt8(truncatingIfNeeded: bits >> count)
            written += 1
          }
        }
        unused = bits & (1 << count - 1)
      }
    }
    return all < 64 && unused == 0 ? out : nil
  }

  private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

  /// The six bits of each character; 64 for a character outside the alphabet.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 64, count: 256)
    for value in 0..<64 { values[Int(alphabet.utf8Start[value])] = UInt8(value) }
    return values
  }()
}
