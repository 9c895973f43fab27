internal import COpenSSL

/// A public key with its one algorithm, parsed once; any thread may use it any number of times.
package final class VerificationKey: Sendable {
  package let material: PublicKeyMaterial
  package let algorithm: SignatureAlgorithm
  private let key: OpenSSLKey

  /// Loads a key for `algorithm`. Throws when the key is of another kind, too weak, has ROCA's fingerprint, lies off
  /// its curve or has small order.
  package init(_ material: PublicKeyMaterial, _ algorithm: SignatureAlgorithm) throws(CryptographyError) {
    try material.check(for: algorithm)
    self.material = material
    self.algorithm = algorithm
    key = unsafe try OpenSSLKey(Self.parse(material), algorithm, .verify)
  }

  /// Whether `signature`, in the form of JOSE (ECDSA: r and s side by side), is valid for `bytes`. O(bytes) and one
  /// verification.
  package func isValid(_ signature: [UInt8], for bytes: [UInt8]) -> Bool {
    switch material {
    case .rsa(let modulus, _): signature.count == modulus.count && key.isValid(signature, for: bytes)
    case .ellipticCurve(let curve, _, _):
      ECDSASignature.sequence(of: signature, on: curve).map { key.isValid($0, for: bytes) } ?? false
    case .ed25519: signature.count == 64 && key.isValid(signature, for: bytes)
    }
  }

  private static func parse(_ material: PublicKeyMaterial) -> OpaquePointer? {
    switch material {
    case .rsa(let modulus, let exponent): unsafe rsaKey([modulus, exponent])
    case .ellipticCurve(let curve, let x, let y):
      unsafe cascade_ec_key(
        curve.rawValue, [4] + x + y, 1 + x.count + y.count, cascade_integer(bytes: nil, count: 0))
    case .ed25519(let bytes): unsafe EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, bytes, bytes.count)
    }
  }
}

/// An RSA key of OpenSSL from n, e and, for a private key, d, p, q, dp, dq, qi; null when OpenSSL refuses them.
func rsaKey(_ numbers: [[UInt8]]) -> OpaquePointer? {
  // One buffer keeps its address while OpenSSL reads all numbers.
  let bytes = numbers.flatMap { $0 }
  return unsafe bytes.withUnsafeBufferPointer { buffer in
    var start = 0
    var integers: [cascade_integer] = unsafe []
    for number in numbers {
      unsafe integers.append(
        cascade_integer(bytes: buffer.baseAddress.map { unsafe $0 + start }, count: number.count))
      start += number.count
    }
    return unsafe cascade_rsa_key(integers, Int32(clamping: integers.count))
  }
}
