/// The two forms of an ECDSA signature: r and s side by side (JOSE) and an ASN.1 sequence of both (OpenSSL).
enum ECDSASignature {
  /// The ASN.1 sequence for `signature`; nil unless it is twice as long as the curve's numbers. Verification checks the
  /// range of r and s.
  static func sequence(of signature: [UInt8], on curve: EllipticCurve) -> [UInt8]? {
    guard signature.count == 2 * curve.byteCount else { return nil }
    let content = integer(signature[..<curve.byteCount]) + integer(signature[curve.byteCount...])
    return [0x30] + length(content.count) + content
  }

  /// r and s side by side; nil when OpenSSL wouldn't write such a `sequence`.
  static func signature(of sequence: [UInt8], on curve: EllipticCurve) -> [UInt8]? {
    var rest = sequence[...]
    guard let content = element(0x30, &rest), rest.isEmpty else { return nil }
    rest = content
    guard let r = element(0x02, &rest), let s = element(0x02, &rest), rest.isEmpty else { return nil }
    var out: [UInt8] = []
    for number in [r, s] {
      let digits = number.drop { $0 == 0 }
      guard digits.count <= curve.byteCount else { return nil }
      out += [UInt8](repeating: 0, count: curve.byteCount - digits.count) + digits
    }
    return out
  }

  private static func integer(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    let digits = bytes.drop { $0 == 0 }
    // A leading 1 bit would be a sign, and zero takes one byte.
    let content = (digits.first ?? 0x80) >= 0x80 ? [0] + digits : Array(digits)
    return [0x02] + length(content.count) + content
  }

  private static func length(_ count: Int) -> [UInt8] {
    count < 0x80 ? [UInt8(count)] : [0x81, UInt8(truncatingIfNeeded: count)]
  }

  private static func element(_ tag: UInt8, _ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard rest.popFirst() == tag, var count = rest.popFirst().map(Int.init) else { return nil }
    if count == 0x81 {
      guard let long = rest.popFirst() else { return nil }
      count = Int(long)
    } else if count > 0x7F {
      return nil
    }
    guard rest.count >= count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }
}
