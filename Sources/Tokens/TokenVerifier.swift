package import Core

/// A token whose signature is valid and, where a policy was given, its claims.
package struct VerifiedToken: Sendable {
  /// The `kid` of the key that signed it.
  package let keyIdentifier: String
  package let header: JSON.Object
  package let claims: JSON.Object

  /// The `jti`, by which a token is revoked. Never identify a token by its bytes: one token has many valid forms.
  package var identity: String? { claims["jti"]?.string }
  package var subject: String? { claims["sub"]?.string }
}

/// Verifies tokens against a key set and a policy for claims.
package struct TokenVerifier: Sendable {
  package var keys: JSONWebKeySet
  package var policy: ClaimsPolicy

  package init(keys: JSONWebKeySet, policy: ClaimsPolicy) {
    self.keys = keys
    self.policy = policy
  }

  /// Verifies form, key, signature and claims of `token` at `now`, milliseconds since 1970. Throws the reason for the
  /// log. O(bytes) and one signature verification.
  package func verify(_ token: some Sequence<UInt8>, now: Int64) throws(TokenError) -> VerifiedToken {
    let (compact, key) = try Self.verifySignature(token, keys)
    let claims = try compact.claims()
    try policy.check(header: compact.header, claims: claims, now: now)
    return VerifiedToken(keyIdentifier: key.identifier, header: compact.header, claims: claims)
  }

  /// Verifies the UTF-8 of `token` in the same way.
  package func verify(_ token: String, now: Int64) throws(TokenError) -> VerifiedToken {
    try verify(token.utf8, now: now)
  }

  /// Verifies form, key and signature of `token` only; the payload may be any bytes. Throws the reason for the log.
  package static func verifySignature(
    _ token: some Sequence<UInt8>, _ keys: JSONWebKeySet
  ) throws(TokenError) -> (CompactToken, JSONWebKey) {
    let compact = try CompactToken(token)
    let key = try keys.key(for: compact)
    guard key.isValid(compact.signature, for: compact.signedBytes) else {
      throw TokenError("the signature is not valid")
    }
    return (compact, key)
  }
}
