internal import Core
internal import Cryptography
package import Tokens

/// Why a quote that somebody brings isn't taken.
package enum QuoteRefusal: Error, Sendable, Equatable {
  /// It isn't one that this host made. The reason is for the log alone.
  case invalid(String)
  /// It is one, but its time is over.
  case expired(Quote)
}

/// Signs quotes with the key ring, and tells its own from everything else: the kind, the issuer, every number in it
/// and the second at which it expires are held exactly.
package struct QuoteSeal: Sendable {
  /// The issuer in whose name offers are signed.
  package let issuer: Issuer

  /// Seals in the name of `issuer`.
  package init(_ issuer: Issuer) { self.issuer = issuer }

  /// The quote as a JWS of the kind ``TokenType/quote``. Throws when nothing can be signed. O(bytes) and one signature.
  package func seal(_ quote: Quote) throws(TokenError) -> String {
    var claims = JSON.Object([
      ("side", .string(quote.side.rawValue)), ("amount", quote.amount.json), ("level", JSON(number: quote.level)),
      ("terms", quote.terms.json),
    ])
    if let citizen = quote.citizen { claims["sub"] = .string(citizen) }
    claims["aud"] = .string(issuer.name)
    claims["generation"] = .integer(Int64(quote.generation))
    claims["decision"] = .string(quote.decision.description)
    let signer = try TokenSigner(issuer.activeKey(), issuer: issuer.name)
    return try signer.token(
      .quote, claims: claims, identity: quote.id, now: quote.issued * 1000,
      lifetimeSeconds: quote.expires - quote.issued)
  }

  /// The quote in `text`, if it was sealed here and stands at `now` (milliseconds since 1970). O(bytes) and the work of
  /// one verification.
  package func open(_ text: String, now: Int64) throws(QuoteRefusal) -> Quote {
    let quote: Quote
    do throws(TokenError) {
      quote = try read(text, now: now)
    } catch {
      throw .invalid(error.reason)
    }
    guard now < quote.expires.multiplied(saturating: 1000) else { throw .expired(quote) }
    return quote
  }

  private func read(_ text: String, now: Int64) throws(TokenError) -> Quote {
    let (compact, _) = try TokenVerifier.verifySignature(text.utf8, issuer.keys)
    let claims = try compact.claims()
    try issuer.checkIssued(claims)
    guard let issued = claims["iat"]?.integer, let expires = claims["exp"]?.integer else {
      throw TokenError("iat or exp is not a whole number")
    }
    // Everything but the expiry, which its bearer is told of, is checked as of when it stood.
    let policy = ClaimsPolicy(issuer: issuer.name, audience: issuer.name, types: [.quote], leewaySeconds: 0)
    let stood = max(issued, expires.adding(saturating: -1)).multiplied(saturating: 1000)
    try policy.check(header: compact.header, claims: claims, now: min(now, stood))
    guard let id = claims["jti"]?.string.flatMap({ Identifier($0) }),
      let decision = claims["decision"]?.string.flatMap({ Identifier($0) }),
      let generation = claims["generation"]?.integer.flatMap({ Int(exactly: $0) }),
      let side = claims["side"]?.string.flatMap(QuoteSide.init), let amount = Amount(json: claims["amount"]),
      let level = claims["level"]?.number,
      let terms = claims["terms"].flatMap({ QuoteTerms(json: $0) })
    else { throw TokenError("the quote lacks a part") }
    return Quote(
      id: id, citizen: claims["sub"]?.string, side: side, amount: amount, level: level, terms: terms,
      generation: generation, decision: decision, issued: issued, expires: expires)
  }
}
