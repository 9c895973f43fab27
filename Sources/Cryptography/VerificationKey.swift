internal import COpenSSL

/// A public key with the one algorithm it verifies. Parsed once, used any number of times, from any thread.
package final class VerificationKey: Sendable {
  /// The numbers of the key.
  package let material: PublicKeyMaterial
  /// The algorithm.
  package let algorithm: SignatureAlgorithm
  private let key: OpenSSLKey

  /// Takes a key for `algorithm`. Throws when it is of another kind, too weak, marked by ROCA, off its curve or of
  /// small order.
  package init(_ material: PublicKeyMaterial, _ algorithm: SignatureAlgorithm) throws(CryptographyError) {
    try material.check(for: algorithm)
    self.material = material
    self.algorithm = algorithm
    key = unsafe try OpenSSLKey(Self.parse(material), algorithm, .verify)
  }

  /// Whether `signature`, in the form JOSE gives it (ECDSA: r and s side by side), was made over `bytes`.
  /// O(bytes) and the work of one verification.
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

/// An RSA key of its numbers: n, e and, for a private one, d, p, q, dp, dq, qi.
func rsaKey(_ numbers: [[UInt8]]) -> OpaquePointer? {
  // One buffer that holds still while OpenSSL reads all numbers.
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
