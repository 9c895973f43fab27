internal import Core
package import Cryptography
internal import Governance

/// A key that signs texts as notes (C2SP `signed-note`), under a name of its own.
package struct NoteKey: Sendable {
  /// What signatures name it by: `cascade/` and the ledger's name.
  package let name: String
  private let key: SigningKey
  private let publicBytes: [UInt8]

  /// The signature type Ed25519.
  private static let type: UInt8 = 1

  /// The key of a ledger. Throws when it is no Ed25519 key.
  package init(ledger: String, _ key: SigningKey) throws(CryptographyError) {
    try self.init(name: "cascade/" + ledger, key)
  }

  /// A key of this name, which has no white space and no `+`. Throws when it is no Ed25519 key.
  package init(name: String, _ key: SigningKey) throws(CryptographyError) {
    guard case .ed25519(let bytes) = key.publicKey.material else {
      throw CryptographyError("a note is signed by an Ed25519 key")
    }
    self.name = name
    self.key = key
    publicBytes = bytes
  }

  /// The first four bytes of the hash of name and public half, by which signatures name the key, too.
  private var identifier: [UInt8] {
    Array(SHA256.hash(Array(name.utf8) + [0x0A, Self.type] + publicBytes).prefix(4))
  }

  /// What a verifier is given: `NAME+ID+KEY`.
  package var verifierText: String {
    "\(name)+\(Hexadecimal.text(identifier))+\(Base64Text.text([Self.type] + publicBytes))"
  }

  /// `text`, which ends with a line end, with its signature below. Throws OpenSSL's error. O(text).
  package func signed(_ text: String) throws(CryptographyError) -> String {
    let signature = try key.signature(of: Array(text.utf8))
    return "\(text)\n\u{2014} \(name) \(Base64Text.text(identifier + signature))\n"
  }
}
