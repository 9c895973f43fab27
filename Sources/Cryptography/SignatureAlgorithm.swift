/// The signature algorithms of RFC 7518 and RFC 8037, without `none`. The raw value is the `alg` on the wire.
package enum SignatureAlgorithm: String, Sendable, CaseIterable {
  /// HMAC with SHA-256, SHA-384, SHA-512.
  case hs256 = "HS256"
  case hs384 = "HS384"
  case hs512 = "HS512"
  /// RSASSA with PKCS #1 v1.5 padding.
  case rs256 = "RS256"
  case rs384 = "RS384"
  case rs512 = "RS512"
  /// RSASSA-PSS with MGF1 over the same hash and a salt as long as the hash.
  case ps256 = "PS256"
  case ps384 = "PS384"
  case ps512 = "PS512"
  /// ECDSA on P-256, P-384, P-521.
  case es256 = "ES256"
  case es384 = "ES384"
  case es512 = "ES512"
  case edDSA = "EdDSA"

  /// The kinds of keys that algorithms need.
  package enum Family: Sendable { case hmac, rsa, rsaPSS, ellipticCurve, ed25519 }

  /// The kind of key that the algorithm needs.
  package var family: Family {
    switch self {
    case .hs256, .hs384, .hs512: .hmac
    case .rs256, .rs384, .rs512: .rsa
    case .ps256, .ps384, .ps512: .rsaPSS
    case .es256, .es384, .es512: .ellipticCurve
    case .edDSA: .ed25519
    }
  }

  /// The hash under the signature; nil for Ed25519, which hashes inside.
  package var hash: HashAlgorithm? {
    switch self {
    case .hs256, .rs256, .ps256, .es256: .sha256
    case .hs384, .rs384, .ps384, .es384: .sha384
    case .hs512, .rs512, .ps512, .es512: .sha512
    case .edDSA: nil
    }
  }

  /// The curve of an ECDSA algorithm; nil for the others.
  package var curve: EllipticCurve? {
    switch self {
    case .es256: .p256
    case .es384: .p384
    case .es512: .p521
    default: nil
    }
  }
}

/// The curves of ECDSA. The raw value is their name in a JWK and in OpenSSL.
package enum EllipticCurve: String, Sendable, CaseIterable {
  /// The curves of FIPS 186 over primes of 256, 384 and 521 bits.
  case p256 = "P-256"
  case p384 = "P-384"
  case p521 = "P-521"

  /// Bytes of a coordinate, of a private number, and of each half of a signature.
  package var byteCount: Int {
    switch self {
    case .p256: 32
    case .p384: 48
    case .p521: 66
    }
  }

  /// The one algorithm for this curve.
  package var algorithm: SignatureAlgorithm {
    switch self {
    case .p256: .es256
    case .p384: .es384
    case .p521: .es512
    }
  }
}
