internal import Core
package import Cryptography

/// The private half of a holder's key, in a PEM file as OpenSSL writes it (PKCS #8, RFC 8410 section 7).
package struct HolderSecret: Sendable {
  package let key: HolderKey
  private let signing: SigningKey

  /// Generates one. Throws OpenSSL's error.
  package static func generate() throws(CryptographyError) -> HolderSecret {
    try HolderSecret(try SigningKey.generate(.edDSA))
  }

  private init(_ signing: SigningKey) throws(CryptographyError) {
    guard case .ed25519(let bytes) = signing.publicKey.material else { throw CryptographyError("no Ed25519 key") }
    do throws(GovernanceError) { key = try HolderKey(bytes) } catch { throw CryptographyError(error.message) }
    self.signing = signing
  }

  /// Reads a PEM text. Throws `malformed`, without a byte of the text.
  package init(pem: String) throws(GovernanceError) {
    guard let der = Self.body(of: pem, "PRIVATE KEY"), der.starts(with: Self.prefix),
      der.count == Self.prefix.count + 32
    else {
      throw GovernanceError(
        .malformed, "this is no unencrypted Ed25519 private key in PEM: cascade governance key new, or openssl genpkey")
    }
    do throws(CryptographyError) {
      try self.init(try SigningKey.ed25519(seed: Secret(der.dropFirst(Self.prefix.count))))
    } catch {
      throw GovernanceError(.malformed, "the key can't be used: \(error.reason)")
    }
  }

  /// The private half as PEM. O(1).
  package var pem: String {
    guard case .ed25519(let secret) = signing.material else { return "" }
    return secret.withBytes { Self.text(Self.prefix + $0, "PRIVATE KEY") }
  }

  /// The public half as PEM.
  package var publicPEM: String { Self.text(Self.publicPrefix + key.bytes, "PUBLIC KEY") }

  /// Signs the envelope's payload. Throws OpenSSL's error.
  package func signature(of envelope: Envelope) throws(CryptographyError) -> Envelope.Signature {
    Envelope.Signature(keyID: key.id, bytes: try signing.signature(of: envelope.signedBytes))
  }

  private static func text(_ der: [UInt8], _ label: String) -> String {
    "-----BEGIN \(label)-----\n\(Base64Text.text(der))\n-----END \(label)-----\n"
  }

  private static func body(of pem: String, _ label: String) -> [UInt8]? {
    guard let start = pem.firstRange(of: "-----BEGIN \(label)-----")?.upperBound,
      let end = pem[start...].firstRange(of: "-----END \(label)-----")?.lowerBound
    else { return nil }
    return Base64Text.bytes(pem[start..<end].byteLines.map { String($0.trimmed) }.joined())
  }

  /// SEQUENCE { 0, SEQUENCE { 1.3.101.112 }, OCTET STRING { OCTET STRING of 32 bytes } }
  private static let prefix: [UInt8] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
  ]
  /// SEQUENCE { SEQUENCE { 1.3.101.112 } BIT STRING of 32 bytes }
  private static let publicPrefix: [UInt8] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
  ]
}
