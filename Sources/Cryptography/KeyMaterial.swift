/// The numbers of a public key.
package enum PublicKeyMaterial: Sendable, Hashable {
  /// Modulus and exponent, big-endian without leading zeros.
  case rsa(modulus: [UInt8], exponent: [UInt8])
  /// The coordinates of a point, each as long as the curve's field.
  case ellipticCurve(EllipticCurve, x: [UInt8], y: [UInt8])
  /// The 32 bytes of an Ed25519 key.
  case ed25519([UInt8])
}

/// The secret numbers that belong to a public key.
package enum PrivateKeyMaterial: Sendable, Equatable {
  /// d, p, q, dp, dq and qi, in this order, big-endian.
  case rsa([Secret])
  /// The private scalar, as long as the curve's field.
  case ellipticCurve(Secret)
  /// The 32 bytes of the seed.
  case ed25519(Secret)
}

extension PublicKeyMaterial {
  /// Throws for a key that is too weak for `algorithm` or of another kind. OpenSSL checks later whether a point lies on
  /// its curve.
  func check(for algorithm: SignatureAlgorithm) throws(CryptographyError) {
    switch (self, algorithm.family) {
    case (.rsa(let modulus, let exponent), .rsa), (.rsa(let modulus, let exponent), .rsaPSS):
      try RSAKeyCheck.check(modulus: modulus, exponent: exponent)
    case (.ellipticCurve(let curve, let x, let y), .ellipticCurve):
      guard algorithm.curve == curve else {
        throw CryptographyError("\(algorithm.rawValue) does not sign on \(curve.rawValue)")
      }
      guard x.count == curve.byteCount, y.count == curve.byteCount else {
        throw CryptographyError("a coordinate on \(curve.rawValue) has \(curve.byteCount) bytes")
      }
    case (.ed25519(let key), .ed25519): try Ed25519KeyCheck.check(key)
    default: throw CryptographyError("the key is of another kind than \(algorithm.rawValue) takes")
    }
  }
}
