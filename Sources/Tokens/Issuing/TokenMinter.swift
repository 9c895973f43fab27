package import Core
internal import Cryptography

/// A token as it was made, with what may be said about it. Printing it shows no more than its id.
package struct MintedToken: Sendable, CustomStringConvertible, CustomReflectable {
  /// The token, for its bearer alone: never for a log or record.
  package let text: String
  /// Its `jti`.
  package let identity: Identifier
  /// How long it lives.
  package let expiresInSeconds: Int64

  /// Names it by its id.
  package var description: String { "token \(identity)" }
  /// Without children, so that `dump` shows nothing either.
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The decision that granted a token.
package struct TokenGrant: Sendable, Equatable {
  /// The number of the generation that decided.
  package var generation: Int
  /// The decision's id; nil when several decided.
  package var decision: Identifier?

  /// A grant by a decision of this generation.
  package init(generation: Int, decision: Identifier? = nil) {
    self.generation = generation
    self.decision = decision
  }
}

/// Makes tokens: claims come from outside, within ``TokenPurpose``; key, algorithm, issuer, type, id and times don't.
package struct TokenMinter: Sendable {
  /// In whose name.
  package let issuer: Issuer

  /// A minter in the name of `issuer`.
  package init(_ issuer: Issuer) { self.issuer = issuer }

  /// The token that `request` asks for, from `now` on (milliseconds since 1970), under the id `identity`, by default a
  /// new one. `grant` goes into the claims `generation` and `decision`. Throws when nothing can be signed.
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

  /// As above, from the parts of a request: `subject` becomes the claim `sub`. A life over the purpose's is cut to it.
  package func mint(
    _ purpose: TokenPurpose, claims: JSON.Object = JSON.Object(), subject: String, lifetimeSeconds: Int64? = nil,
    grant: TokenGrant? = nil, now: Int64
  ) throws(TokenError) -> MintedToken {
    var claims = claims
    claims["sub"] = .string(subject)
    let request: TokenRequest
    do throws(TokenRequest.Refusal) {
      let lifetime = lifetimeSeconds.map { min($0, purpose.maximumSeconds) }
      request = try TokenRequest(purpose, claims: claims, lifetimeSeconds: lifetime)
    } catch {
      throw TokenError(error.message)
    }
    return try mint(request, grant: grant, now: now)
  }
}
