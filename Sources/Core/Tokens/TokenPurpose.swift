/// What the host signs tokens for: the table of what may stand in them and how long they may speak.
///
/// Who may have what signed is a guarantee; that is why the table stands here. What a claim says is the rules' affair.
package enum TokenPurpose: String, Sendable, CaseIterable {
  /// Lets a citizen in.
  case access
  /// Lets an operator in; made and taken by the hosts of one data directory only.
  case `operator`
  /// What the platform says of a citizen, for whoever asks the citizen.
  case statement
  /// What was paid, to whom and why.
  case receipt

  /// Whether a rule may have such a token signed. One that lets somebody in is the host's own.
  package var isForRules: Bool {
    switch self {
    case .access, .operator: false
    case .statement, .receipt: true
    }
  }

  /// The claims it may hold beside those the host sets.
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

  /// The longest life in seconds.
  package var maximumSeconds: Int64 {
    switch self {
    case .access: 30 * 60
    case .operator, .statement, .receipt: 24 * 3600
    }
  }

  /// The life in seconds when nobody asks for another one.
  package var usualSeconds: Int64 {
    switch self {
    case .access: 30 * 60
    case .operator: 8 * 3600
    case .statement, .receipt: 3600
    }
  }

  /// The longest life of any token in seconds: for so long a key must be known after it has signed.
  package static var longestSeconds: Int64 { allCases.map(\.maximumSeconds).max() ?? 0 }

  /// The claims that the host sets in every token, and nobody else in any.
  package static let hostClaims: Set<String> = [
    "iss", "iat", "exp", "nbf", "jti", "purpose", "scope", "generation", "decision",
  ]
}
