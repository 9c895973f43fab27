/// The purposes for which the host signs tokens: which claims each may carry, and how long it may live.
///
/// Who may have a token signed is a guarantee, so this table is code; the rules decide the claims' content.
package enum TokenPurpose: String, Sendable, CaseIterable {
  /// Gives a citizen access.
  case access
  /// Gives an operator access; only hosts on the same data directory issue and accept it.
  case `operator`
  /// A statement of the platform about a citizen, for whoever the citizen shows it to.
  case statement
  /// A proof of a payment: amount, payee and reason.
  case receipt

  /// Whether a rule may have such a token signed. Only the host issues tokens that give access.
  package var isForRules: Bool {
    switch self {
    case .access, .operator: false
    case .statement, .receipt: true
    }
  }

  /// The claims that such a token may carry besides those the host sets.
  package var claims: Set<String> {
    let citizen: Set = [
      "sub", "social_class", "tier", "consciousness_tier", "consciousness_level", "permissions",
    ]
    switch self {
    case .access: return citizen
    case .operator: return ["sub"]
    case .statement: return citizen.union(["aud", "statement", "reference"])
    case .receipt: return ["sub", "aud", "amount", "fee", "code", "reference", "transfers"]
    }
  }

  /// The longest lifetime in seconds.
  package var maximumSeconds: Int64 {
    switch self {
    case .access: 30 * 60
    case .operator, .statement, .receipt: 24 * 3600
    }
  }

  /// The lifetime in seconds unless the request names another.
  package var usualSeconds: Int64 {
    switch self {
    case .access: 30 * 60
    case .operator: 8 * 3600
    case .statement, .receipt: 3600
    }
  }

  /// The longest lifetime of any token in seconds: a key must stay published that long after it last signed.
  package static var longestSeconds: Int64 { allCases.map(\.maximumSeconds).max() ?? 0 }

  /// The claims that only the host sets, in every token.
  package static let hostClaims: Set<String> = [
    "iss", "iat", "exp", "nbf", "jti", "purpose", "scope", "generation", "decision",
  ]
}
