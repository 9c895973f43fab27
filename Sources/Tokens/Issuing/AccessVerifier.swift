package import Core

/// Verifies access tokens: of this issuer, for this host, of the type `at+jwt`, not revoked.
package struct AccessVerifier: Sendable {
  package let issuer: Issuer
  /// The revocations; nil when this host keeps none.
  package let revoked: (any RevokedTokens)?

  package init(_ issuer: Issuer, revoked: (any RevokedTokens)?) {
    self.issuer = issuer
    self.revoked = revoked
  }

  /// Verifies `token` at `now`, milliseconds since 1970. Accepts citizens' and operators' tokens;
  /// ``VerifiedToken/scopes`` tells them apart. Throws the reason for the log. O(bytes) and one signature verification.
  package func verify(_ token: some Sequence<UInt8>, now: Int64) throws(TokenError) -> VerifiedToken {
    let (compact, key) = try TokenVerifier.verifySignature(token, issuer.keys)
    let claims = try compact.claims()
    // Each name vouches for its own tokens only: no citizen's token passes for an operator's by its scope.
    let isOperator = claims["iss"] == .string(Issuer.operatorName)
    let name = isOperator ? Issuer.operatorName : issuer.name
    let policy = ClaimsPolicy(issuer: name, audience: name, types: [.access])
    try policy.check(header: compact.header, claims: claims, now: now)
    try issuer.checkIssued(claims)
    let purpose: TokenPurpose = isOperator ? .operator : .access
    guard claims["purpose"] == .string(purpose.rawValue) else { throw TokenError("the token is for another purpose") }
    guard let identity = claims["jti"]?.string.flatMap({ Identifier($0) }) else { throw TokenError("jti is no UUID") }
    if revoked?.isRevoked(identity) ?? false { throw TokenError("the token was revoked") }
    return VerifiedToken(keyIdentifier: key.identifier, header: compact.header, claims: claims)
  }
}

extension VerifiedToken {
  /// What its bearer may do beyond being who it says (RFC 6749 section 3.3).
  package var scopes: Set<ExactText> { Set((claims["scope"]?.string ?? "").words().map(ExactText.init)) }

  /// The time of expiry, seconds since 1970.
  package var expiry: Int64 { Int64(exactly: (claims["exp"]?.number ?? 0).rounded(.up)) ?? 0 }
}
