internal import Core
package import Cryptography

/// A key as RFC 7517 writes it, checked, parsed once and bound to one algorithm.
package struct JSONWebKey: Sendable {
  /// What the key does.
  package enum Operation: Sendable {
    /// Makes and checks codes.
    case symmetric(HMACKey, Secret)
    /// Checks signatures.
    case verify(VerificationKey)
    /// Makes signatures; its public half checks them.
    case sign(SigningKey)
  }

  /// The `kid` as written, or the thumbprint when there is none.
  package let identifier: String
  /// The one algorithm.
  package let algorithm: SignatureAlgorithm
  /// What the key does.
  package let operation: Operation
  /// Whether `key_ops` lets it check signatures.
  package let canVerify: Bool
  /// Whether it can make signatures, and `key_ops` lets it.
  package let canSign: Bool

  /// A private key of ours, named by its thumbprint.
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

  /// Whether `signature` was made over `bytes` with this key.
  package func isValid(_ signature: [UInt8], for bytes: [UInt8]) -> Bool {
    switch operation {
    case .symmetric(let key, _): key.isValid(signature, for: bytes)
    case .verify(let key): key.isValid(signature, for: bytes)
    case .sign(let key): key.publicKey.isValid(signature, for: bytes)
    }
  }

  /// The signature of `bytes`. Throws when the key is public or its use is limited to checking.
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

  /// Whether the `alg` of a header is the one of this key; Ed25519 has two names (RFC 9864).
  package func accepts(_ name: String) -> Bool {
    name == algorithm.rawValue || algorithm == .edDSA && name == "Ed25519"
  }
}
