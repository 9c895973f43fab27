internal import Core
internal import Cryptography

/// How a citizen proves to hold a key: an Ed25519 signature over issuer, name and nonce.
package enum IdentityProof {
  /// What is signed: `cascade-auth-v1`, issuer, username and nonce, a line feed between them and none at the end. The
  /// issuer keeps a signature from counting elsewhere.
  package static func message(issuer: String, username: String, nonce: String) -> [UInt8] {
    Array("cascade-auth-v1\n\(issuer)\n\(username)\n\(nonce)".utf8)
  }

  /// The key that a wallet's address is: 32 bytes in base58. Nil when it is none, or one with which anybody could
  /// sign.
  static func key(wallet: String) -> VerificationKey? {
    guard let bytes = Base58.bytes(wallet) else { return nil }
    return try? VerificationKey(.ed25519(bytes), .edDSA)
  }

  /// Whether a name may be asked for: not empty, within `limit` bytes, without control characters, which could make one
  /// message two.
  package static func accepts(username: String, limit: Int) -> Bool {
    (1...limit).contains(username.utf8.count) && username.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
  }
}

extension VerificationKey {
  /// The 32 bytes of an Ed25519 key; empty for another one.
  var ed25519Bytes: [UInt8] { if case .ed25519(let bytes) = material { bytes } else { [] } }
}
