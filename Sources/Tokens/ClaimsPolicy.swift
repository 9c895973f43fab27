package import Core

/// The type of a token. The raw value is its `typ`, so one type can't pass for another (RFC 8725 section 3.11).
package enum TokenType: String, Sendable, CaseIterable {
  /// Gives its bearer access (RFC 9068).
  case access = "at+jwt"
  /// A statement or receipt that a rule had signed.
  case statement = "cascade+jwt"
  /// A quote that holds until it expires.
  case quote = "cascade-quote+jwt"
  /// Any JWT of another issuer.
  case generic = "JWT"

  /// Whether a header's `typ` names this type; case and the prefix `application/` don't count (RFC 7515 section 4.1.9).
  package func matches(_ typ: String) -> Bool {
    let name = typ.lowercased()
    let wanted = rawValue.lowercased()
    return name.utf8.elementsEqual(wanted.utf8) || name.utf8.elementsEqual("application/\(wanted)".utf8)
  }
}

/// Requirements for the claims of a token (RFC 7519 section 4.1).
package struct ClaimsPolicy: Sendable {
  /// The exact `iss`; nil accepts any or none.
  package var issuer: String?
  /// The audience that `aud` must contain; nil accepts any or none.
  package var audience: String?
  package var types: Set<TokenType>
  /// Whether a token without `typ` is accepted.
  package var acceptsMissingType: Bool
  /// The tolerance between clocks, in seconds.
  package let leewaySeconds: Int

  /// A policy; clamps the leeway to 0…300 seconds.
  package init(
    issuer: String?, audience: String?, types: Set<TokenType>, acceptsMissingType: Bool = false, leewaySeconds: Int = 60
  ) {
    self.issuer = issuer
    self.audience = audience
    self.types = types
    self.acceptsMissingType = acceptsMissingType
    self.leewaySeconds = min(max(leewaySeconds, 0), TokenLimits.leewaySeconds)
  }

  /// The policy of `cascade token verify`: a current lifetime and well-formed claims, of any issuer.
  package static let anyIssuer = ClaimsPolicy(
    issuer: nil, audience: nil, types: Set(TokenType.allCases), acceptsMissingType: true)

  /// Throws unless header and claims meet the policy at `now`, milliseconds since 1970.
  package func check(header: JSON.Object, claims: JSON.Object, now: Int64) throws(TokenError) {
    try checkType(header["typ"])
    for name in ["iss", "sub", "jti"] where claims[name] != nil && claims[name]?.string == nil {
      throw TokenError("\(name) is not a string")
    }
    if let issuer {
      guard let claimed = claims["iss"]?.string, claimed.utf8.elementsEqual(issuer.utf8) else {
        throw TokenError("iss is not \(issuer)")
      }
    }
    try checkAudience(claims["aud"])
    try checkTime(claims, now: Double(now) / 1000)
  }

  private func checkType(_ member: JSON?) throws(TokenError) {
    guard let member else {
      if acceptsMissingType { return }
      throw TokenError("typ is missing")
    }
    guard let typ = member.string, types.contains(where: { $0.matches(typ) }) else {
      throw TokenError("the token is of another kind: typ is \(member.string ?? "not a string")")
    }
  }

  private func checkAudience(_ member: JSON?) throws(TokenError) {
    var names: [String] = []
    switch member {
    case nil: break
    case .string(let name): names = [name]
    case .array(let elements):
      names = elements.compactMap(\.string)
      guard names.count == elements.count else { throw TokenError("aud contains something other than a string") }
    default: throw TokenError("aud is neither a string nor an array")
    }
    guard let audience else { return }
    guard names.contains(where: { $0.utf8.elementsEqual(audience.utf8) }) else {
      throw TokenError("aud does not contain \(audience)")
    }
  }

  private func checkTime(_ claims: JSON.Object, now: Double) throws(TokenError) {
    guard let expiry = try Self.date("exp", claims) else { throw TokenError("exp is missing") }
    let leeway = Double(leewaySeconds)
    guard now < expiry + leeway else { throw TokenError("the token has expired") }
    if let start = try Self.date("nbf", claims), start > now + leeway {
      throw TokenError("the token is not valid yet: nbf")
    }
    if let issued = try Self.date("iat", claims), issued > now + leeway { throw TokenError("iat is in the future") }
  }

  private static func date(_ name: String, _ claims: JSON.Object) throws(TokenError) -> Double? {
    guard let member = claims[name] else { return nil }
    guard let seconds = member.number, seconds.isFinite else { throw TokenError("\(name) is not a number") }
    return seconds
  }
}
