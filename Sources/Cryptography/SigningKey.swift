internal import COpenSSL

/// A private key with its one algorithm, parsed once; any thread may use it any number of times.
package final class SigningKey: Sendable {
  package let publicKey: VerificationKey
  package let material: PrivateKeyMaterial
  private let key: OpenSSLKey

  package var algorithm: SignatureAlgorithm { publicKey.algorithm }

  /// Loads a private key. Throws when ``VerificationKey`` refuses the public half, the halves are of different kinds,
  /// or a trial signature shows that they don't belong together.
  package convenience init(
    _ material: PrivateKeyMaterial, publicKey: PublicKeyMaterial, _ algorithm: SignatureAlgorithm
  ) throws(CryptographyError) {
    let publicKey = try VerificationKey(publicKey, algorithm)
    let parsed = unsafe Self.parse(material, publicKey.material)
    try self.init(material, publicKey, unsafe OpenSSLKey(parsed, algorithm, .sign))
  }

  private init(
    _ material: PrivateKeyMaterial, _ publicKey: VerificationKey, _ key: OpenSSLKey
  ) throws(CryptographyError) {
    self.material = material
    self.publicKey = publicKey
    self.key = key
    let probe = Array("cascade".utf8)
    guard publicKey.isValid(try signature(of: probe), for: probe) else {
      throw CryptographyError("the private and the public half do not belong together")
    }
  }

  /// Generates a key. An RSA key has 3072 bits and takes up to a second. Throws OpenSSL's error.
  package static func generate(_ algorithm: SignatureAlgorithm) throws(CryptographyError) -> SigningKey {
    let generated: OpaquePointer?
    switch algorithm.family {
    case .hmac: throw CryptographyError("an HMAC key has no halves")
    case .rsa, .rsaPSS: unsafe generated = cascade_generate_key("RSA", nil, 3072)
    case .ellipticCurve: unsafe generated = cascade_generate_key("EC", algorithm.curve?.rawValue, 0)
    case .ed25519: unsafe generated = cascade_generate_key("ED25519", nil, 0)
    }
    let key = unsafe try OpenSSLKey(generated, algorithm, .sign)
    let (material, publicMaterial) = try Self.material(of: key, algorithm)
    return try SigningKey(material, VerificationKey(publicMaterial, algorithm), key)
  }

  /// The Ed25519 key with this seed of 32 bytes; the public half is derived from it. Throws OpenSSL's error.
  package static func ed25519(seed: Secret) throws(CryptographyError) -> SigningKey {
    guard seed.byteCount == Ed25519KeyCheck.byteCount else {
      throw CryptographyError("an Ed25519 seed has \(Ed25519KeyCheck.byteCount) bytes")
    }
    let parsed = unsafe seed.withBytes { unsafe EVP_PKEY_new_raw_private_key_ex(nil, "ED25519", nil, $0, $0.count) }
    let key = unsafe try OpenSSLKey(parsed, .edDSA, .sign)
    let (material, publicMaterial) = try Self.material(of: key, .edDSA)
    return try SigningKey(material, VerificationKey(publicMaterial, .edDSA), key)
  }

  /// The signature of `bytes` in the form of JOSE. O(bytes) and one signing operation. Throws OpenSSL's error.
  package func signature(of bytes: [UInt8]) throws(CryptographyError) -> [UInt8] {
    let signature = try key.signature(of: bytes)
    guard let curve = algorithm.curve else { return signature }
    guard let fixed = ECDSASignature.signature(of: signature, on: curve) else {
      throw CryptographyError("OpenSSL made an ECDSA signature of an unknown form")
    }
    return fixed
  }

  private static func parse(_ material: PrivateKeyMaterial, _ publicKey: PublicKeyMaterial) -> OpaquePointer? {
    switch (material, publicKey) {
    case (.rsa(let secrets), .rsa(let modulus, let exponent)) where secrets.count == 6:
      unsafe rsaKey([modulus, exponent] + secrets.map { $0.withBytes { $0 } })
    case (.ellipticCurve(let secret), .ellipticCurve(let curve, let x, let y))
    where secret.byteCount == curve.byteCount:
      unsafe secret.withBytes { bytes in
        unsafe bytes.withUnsafeBufferPointer {
          unsafe cascade_ec_key(
            curve.rawValue, [4] + x + y, 1 + x.count + y.count,
            cascade_integer(bytes: $0.baseAddress, count: $0.count))
        }
      }
    case (.ed25519(let secret), .ed25519):
      unsafe secret.withBytes { unsafe EVP_PKEY_new_raw_private_key_ex(nil, "ED25519", nil, $0, $0.count) }
    default: nil
    }
  }

  private static func material(
    of key: OpenSSLKey, _ algorithm: SignatureAlgorithm
  ) throws(CryptographyError) -> (PrivateKeyMaterial, PublicKeyMaterial) {
    switch algorithm.family {
    case .ellipticCurve:
      guard let curve = algorithm.curve else { break }
      let secret = Secret(try key.number(OSSL_PKEY_PARAM_PRIV_KEY, width: curve.byteCount))
      let x = try key.number(OSSL_PKEY_PARAM_EC_PUB_X, width: curve.byteCount)
      let y = try key.number(OSSL_PKEY_PARAM_EC_PUB_Y, width: curve.byteCount)
      return (.ellipticCurve(secret), .ellipticCurve(curve, x: x, y: y))
    case .ed25519:
      let secret = Secret(unsafe try key.raw { unsafe EVP_PKEY_get_raw_private_key($0, $1, $2) })
      return (.ed25519(secret), .ed25519(unsafe try key.raw { unsafe EVP_PKEY_get_raw_public_key($0, $1, $2) }))
    case .rsa, .rsaPSS:
      var secrets: [Secret] = []
      for name in [
        OSSL_PKEY_PARAM_RSA_D, "rsa-factor1", "rsa-factor2", "rsa-exponent1", "rsa-exponent2", "rsa-coefficient1",
      ] { secrets.append(Secret(try key.number(name))) }
      let modulus = try key.number(OSSL_PKEY_PARAM_RSA_N)
      return (.rsa(secrets), .rsa(modulus: modulus, exponent: try key.number(OSSL_PKEY_PARAM_RSA_E)))
    case .hmac: break
    }
    throw CryptographyError("\(algorithm.rawValue) has no halves")
  }
}
