package import Core
internal import Cryptography

/// Signs tokens with one key.
package struct TokenSigner: Sendable {
  package let key: JSONWebKey
  /// The `iss` of every token.
  package let issuer: String

  /// Throws when the key can't sign.
  package init(_ key: JSONWebKey, issuer: String) throws(TokenError) {
    guard key.canSign else { throw TokenError("the key \(key.identifier) cannot sign") }
    self.key = key
    self.issuer = issuer
  }

  /// A token of this type over `claims`, valid from `now` (milliseconds since 1970) for `lifetimeSeconds`. Sets `iss`,
  /// `iat`, `exp` and `jti` itself, whatever `claims` says. Throws when the token would exceed 8 KiB.
  package func token(
    _ type: TokenType, claims: JSON.Object, identity: Identifier, now: Int64, lifetimeSeconds: Int64
  ) throws(TokenError) -> String {
    var claims = claims
    claims["iss"] = .string(issuer)
    claims["iat"] = .integer(now / 1000)
    claims["exp"] = .integer(now / 1000 + lifetimeSeconds)
    claims["jti"] = .string(identity.description)
    return try Self.token(type.rawValue, payload: JSON.object(claims).bytes, key: key)
  }

  /// A token with this `typ` (nil: none) over any payload. Throws when the key can't sign or the token would exceed 8
  /// KiB.
  package static func token(_ type: String?, payload: [UInt8], key: JSONWebKey) throws(TokenError) -> String {
    var header = JSON.Object([("alg", .string(key.algorithm.rawValue)), ("kid", .string(key.identifier))])
    if let type { header["typ"] = .string(type) }
    var token: [UInt8] = []
    token.reserveCapacity(512)
    Base64URL.append(JSON.object(header).bytes, to: &token)
    token.append(UInt8(ascii: "."))
    Base64URL.append(payload, to: &token)
    let signature = try key.signature(of: token)
    token.append(UInt8(ascii: "."))
    Base64URL.append(signature, to: &token)
    guard token.count <= TokenLimits.tokenBytes else {
      throw TokenError("the token would be over \(TokenLimits.tokenBytes) bytes")
    }
    return String(decoding: token, as: UTF8.self)
  }
}
