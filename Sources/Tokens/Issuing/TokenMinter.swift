package import Core
internal import Cryptography

/// A minted token. Printing it shows only its id.
package struct MintedToken: Sendable, CustomStringConvertible, CustomReflectable {
  /// The token itself, for its bearer only: never log or record it.
  package let text: String
  /// The token's `jti`, by which others may name it.
  package let identity: Identifier
  /// Seconds until it expires.
  package let expiresInSeconds: Int64

  package var description: String { "token \(identity)" }
  /// Has no children, so `dump` shows nothing.
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The decision that granted a token.
package struct TokenGrant: Sendable, Equatable {
  /// The number of the deciding generation.
  package var generation: Int
  /// The decision's id; nil when several decisions granted the token.
  package var decision: Identifier?

  package init(generation: Int, decision: Identifier? = nil) {
    self.generation = generation
    self.decision = decision
  }
}

/// Mints tokens. The caller supplies claims within ``TokenPurpose``; the minter sets key, algorithm, issuer, type, id
/// and times.
package struct TokenMinter: Sendable {
  package let issuer: Issuer

  package init(_ issuer: Issuer) { self.issuer = issuer }

  /// Mints the token of `request`, valid from `now` (milliseconds since 1970), with the `jti` `identity`, by default a
  /// new one. `grant` fills the claims `generation` and `decision`. Throws when signing fails.
  package func mint(
    _ request: TokenRequest, identity: Identifier? = nil, grant: TokenGrant? = nil, now: Int64
  ) throws(TokenError) -> MintedToken {
    let purpose = request.purpose
    let name = purpose == .operator ? Issuer.operatorName : issuer.name
    let identity = identity ?? Identifier(milliseconds: now, random: (SecureRandom.word(), SecureRandom.word()))
    var claims = request.claims
    if claims["aud"] == nil { claims["aud"] = .string(name) }
    claims["purpose"] = .string(purpose.rawValue)
    if let scope = purpose.scope { claims["scope"] = .string(scope) }
    if let grant {
      claims["generation"] = .integer(Int64(grant.generation))
      if let decision = grant.decision { claims["decision"] = .string(decision.description) }
    }
    let signer = try TokenSigner(issuer.activeKey(), issuer: name)
    let text = try signer.token(
      purpose.type, claims: claims, identity: identity, now: now, lifetimeSeconds: request.lifetimeSeconds)
    return MintedToken(text: text, identity: identity, expiresInSeconds: request.lifetimeSeconds)
  }

  /// Mints a token from the parts of a request: `subject` becomes the claim `sub`. Shortens a lifetime beyond the
  /// purpose's longest. Throws when signing fails.
  package func mint(
    _ purpose: TokenPurpose, claims: JSON.Object = JSON.Object(), subject: String, lifetimeSeconds: Int64? = nil,
    grant: TokenGrant? = nil, now: Int64
  ) throws(TokenError) -> MintedToken {
    var claims = claims
    claims["sub"] = .string(subject)
    let request: TokenRequest
    do throws(HostCallProblem) {
      let lifetime = lifetimeSeconds.map { min($0, purpose.maximumSeconds) }
      request = try TokenRequest(purpose, claims: claims, lifetimeSeconds: lifetime)
    } catch {
      throw TokenError(error.message)
    }
    return try mint(request, grant: grant, now: now)
  }
}
