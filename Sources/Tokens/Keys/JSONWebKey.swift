internal import Core
package import Cryptography

/// A checked key in the form of RFC 7517, parsed once and bound to one algorithm.
package struct JSONWebKey: Sendable {
  /// The use of a key, with its parsed form.
  package enum Operation: Sendable {
    /// Makes and checks authentication codes.
    case symmetric(HMACKey, Secret)
    case verify(VerificationKey)
    /// Makes signatures; its public half checks them.
    case sign(SigningKey)
  }

  /// The `kid` as written, or else the thumbprint.
  package let identifier: String
  package let algorithm: SignatureAlgorithm
  package let operation: Operation
  /// Whether `key_ops` lets it check signatures.
  package let canVerify: Bool
  /// Whether it has a private half and `key_ops` lets it sign.
  package let canSign: Bool

  /// A private key of this host, named by its thumbprint.
  package init(_ key: SigningKey) {
    identifier = Thumbprint.text(of: key.publicKey.material)
    algorithm = key.algorithm
    operation = .sign(key)
    canVerify = true
    canSign = true
  }

  init(identifier: String, _ algorithm: SignatureAlgorithm, _ operation: Operation, verify: Bool, sign: Bool) {
    self.identifier = identifier
    self.algorithm = algorithm
    self.operation = operation
    canVerify = verify
    canSign = sign
  }

  /// Whether `signature` is valid for `bytes`. O(bytes) and one verification.
  package func isValid(_ signature: [UInt8], for bytes: [UInt8]) -> Bool {
    switch operation {
    case .symmetric(let key, _): key.isValid(signature, for: bytes)
    case .verify(let key): key.isValid(signature, for: bytes)
    case .sign(let key): key.publicKey.isValid(signature, for: bytes)
    }
  }

  /// The signature of `bytes`. Throws when the key is public or limited to verifying.
  package func signature(of bytes: [UInt8]) throws(TokenError) -> [UInt8] {
    guard canSign else { throw TokenError("the key \(identifier) cannot sign") }
    switch operation {
    case .symmetric(let key, _): return key.code(bytes)
    case .verify: throw TokenError("the key \(identifier) is public")
    case .sign(let key):
      do { return try key.signature(of: bytes) } catch { throw TokenError(error.reason) }
    }
  }

  /// The RFC 7638 thumbprint of the key.
  package var thumbprint: String {
    switch operation {
    case .symmetric(_, let secret): Thumbprint.text(of: secret)
    case .verify(let key): Thumbprint.text(of: key.material)
    case .sign(let key): Thumbprint.text(of: key.publicKey.material)
    }
  }

  /// Whether a header's `alg` names this key's algorithm; Ed25519 has two names (RFC 9864).
  package func accepts(_ name: String) -> Bool {
    name == algorithm.rawValue || algorithm == .edDSA && name == "Ed25519"
  }
}
