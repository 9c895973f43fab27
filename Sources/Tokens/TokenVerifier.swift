package import Core

/// A token whose signature, and where asked its claims, hold.
package struct VerifiedToken: Sendable {
  /// The `kid` of the key that made it.
  package let keyIdentifier: String
  /// The members of the header.
  package let header: JSON.Object
  /// The members of the payload.
  package let claims: JSON.Object

  /// The identity of the token: what a revocation names. Never its bytes, of which one token has many.
  package var identity: String? { claims["jti"]?.string }
  /// Who it speaks of.
  package var subject: String? { claims["sub"]?.string }
}

/// Checks tokens against a set of keys and a policy for claims.
package struct TokenVerifier: Sendable {
  /// The keys.
  package var keys: JSONWebKeySet
  /// What claims must be.
  package var policy: ClaimsPolicy

  /// A verifier with these keys and this policy.
  package init(keys: JSONWebKeySet, policy: ClaimsPolicy) {
    self.keys = keys
    self.policy = policy
  }

  /// Checks form, key, signature and claims of `token` at `now`, milliseconds since 1970. O(bytes) and the work of one
  /// verification.
  package func verify(_ token: some Sequence<UInt8>, now: Int64) throws(TokenError) -> VerifiedToken {
    let (compact, key) = try Self.verifySignature(token, keys)
    let claims = try compact.claims()
    try policy.check(header: compact.header, claims: claims, now: now)
    return VerifiedToken(keyIdentifier: key.identifier, header: compact.header, claims: claims)
  }

  /// As above, over the UTF-8 of `token`.
  package func verify(_ token: String, now: Int64) throws(TokenError) -> VerifiedToken {
    try verify(token.utf8, now: now)
  }

  /// Checks form, key and signature of `token` only; its payload may be any bytes.
  package static func verifySignature(
    _ token: some Sequence<UInt8>, _ keys: JSONWebKeySet
  ) throws(TokenError) -> (CompactToken, JSONWebKey) {
    let compact = try CompactToken(token)
    let key = try keys.key(for: compact)
    guard key.isValid(compact.signature, for: compact.signedBytes) else {
      throw TokenError("the signature does not hold")
    }
    return (compact, key)
  }
}
