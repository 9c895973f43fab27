package import Core
package import Cryptography

/// The name of a key, derived from the key itself (RFC 7638, RFC 8037).
package enum Thumbprint {
  /// The thumbprint of a public key: SHA-256 over its required members, in base64url.
  package static func text(of material: PublicKeyMaterial) -> String { hash(members(of: material)) }

  /// The thumbprint of a symmetric key.
  package static func text(of secret: Secret) -> String {
    hash(["k": .string(secret.withBytes { Base64URL.text($0) }), "kty": "oct"])
  }

  /// The required members of a public key, sorted by name.
  package static func members(of material: PublicKeyMaterial) -> JSON {
    switch material {
    case .rsa(let modulus, let exponent):
      ["e": .string(Base64URL.text(exponent)), "kty": "RSA", "n": .string(Base64URL.text(modulus))]
    case .ellipticCurve(let curve, let x, let y):
      [
        "crv": .string(curve.rawValue), "kty": "EC", "x": .string(Base64URL.text(x)),
        "y": .string(Base64URL.text(y)),
      ]
    case .ed25519(let key): ["crv": "Ed25519", "kty": "OKP", "x": .string(Base64URL.text(key))]
    }
  }

  private static func hash(_ members: JSON) -> String { Base64URL.text(SHA256.hash(members.bytes)) }
}
