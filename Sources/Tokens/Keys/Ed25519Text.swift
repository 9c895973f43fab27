internal import Core
package import Cryptography

/// Reads an Ed25519 public key in the forms that people have.
package enum Ed25519Text {
  /// The forms that ``key(_:)`` reads, for a message.
  package static let forms = "PEM, a JWK, or 32 bytes in base58 or base64url"

  /// The key in `text`: PEM as `openssl pkey -pubout` writes it, a JWK, or 32 bytes in base58 or base64url, with white
  /// space around it ignored. Throws for any other text, a private key, a weak key, and a text that means different
  /// keys in base58 and base64url. O(length²).
  package static func key(_ text: some StringProtocol) throws(TokenError) -> VerificationKey {
    let text = String(text.trimmed)
    if text.contains("-----BEGIN ") { return try privacyEnhancedMail(text) }
    if text.begins(with: "{") { return try jsonWebKey(text) }
    let readings = [Base58.bytes(text), Base64URL.bytes(text)].compactMap { $0 }.filter { $0.count == 32 }
    guard let bytes = readings.first else { throw TokenError("this is no key: it takes \(forms)") }
    guard Set(readings).count == 1 else {
      throw TokenError("this is one key in base58 and another in base64url; give it as PEM or as a JWK")
    }
    return try key(bytes)
  }

  private static func key(_ bytes: [UInt8]) throws(TokenError) -> VerificationKey {
    do { return try VerificationKey(.ed25519(bytes), .edDSA) } catch { throw TokenError(error.reason) }
  }

  /// Reads a SubjectPublicKeyInfo (RFC 8410 section 4), which has exactly one encoding, between the lines of RFC 7468.
  private static func privacyEnhancedMail(_ text: String) throws(TokenError) -> VerificationKey {
    if text.contains("PRIVATE KEY-----") {
      throw TokenError("this is a private key; keep it, and give the public one: openssl pkey -in FILE -pubout")
    }
    let begin = "-----BEGIN PUBLIC KEY-----"
    guard let start = text.firstRange(of: begin)?.upperBound, case let rest = text[start...],
      let end = rest.firstRange(of: "-----END PUBLIC KEY-----")?.lowerBound
    else { throw TokenError("the PEM text holds no PUBLIC KEY") }
    let encoded = String(
      String.UnicodeScalarView(rest[..<end].unicodeScalars.filter { !" \t\r\n".unicodeScalars.contains($0) }))
    let plain = encoded.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    guard let der = Base64URL.bytes(plain), der.starts(with: prefix), der.count == prefix.count + 32 else {
      throw TokenError("the PEM text holds another key than one for Ed25519")
    }
    return try key(Array(der.dropFirst(prefix.count)))
  }

  /// SEQUENCE { SEQUENCE { 1.3.101.112 } BIT STRING of 32 bytes }
  private static let prefix: [UInt8] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]

  private static func jsonWebKey(_ text: String) throws(TokenError) -> VerificationKey {
    let json: JSON
    do { json = try JSON(parsing: Array(text.utf8)) } catch { throw TokenError("the JWK is not JSON: \(error)") }
    if json["d"] != nil { throw TokenError("this JWK is a private key; keep it, and give it without 'd'") }
    switch try JSONWebKey.read(json) {
    case .setAside(_, let reason): throw TokenError(reason)
    case .usable(let key):
      guard case .verify(let key) = key.operation, key.algorithm == .edDSA else {
        throw TokenError("the JWK is no Ed25519 key")
      }
      return key
    }
  }
}
