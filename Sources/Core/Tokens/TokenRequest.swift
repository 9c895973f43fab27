/// A request for a token: purpose, claims and lifetime, checked against ``TokenPurpose``.
package struct TokenRequest: Sendable, Equatable {
  /// Bytes of all claims as JSON; with the host's own claims a token stays under 8 KiB.
  package static let claimBytes = 4096

  package let purpose: TokenPurpose
  /// The claims that the caller sets; the host adds its own.
  package let claims: JSON.Object
  /// Seconds until the token expires.
  package let lifetimeSeconds: Int64

  /// A request; nil for `lifetimeSeconds` means the purpose's usual lifetime. Throws a refusal for claims or a lifetime
  /// that the purpose doesn't allow. O(claims).
  package init(_ purpose: TokenPurpose, claims: JSON.Object, lifetimeSeconds: Int64? = nil) throws(HostCallProblem) {
    for (name, value) in claims.members {
      if TokenPurpose.hostClaims.contains(name) { throw HostCallProblem("the host alone sets the claim '\(name)'") }
      guard purpose.claims.contains(name) else {
        let known = purpose.claims.sorted().joined(separator: ", ")
        throw HostCallProblem("a token for '\(purpose.rawValue)' holds no claim '\(name)'; it may hold \(known)")
      }
      if name == "sub" && value.string?.isEmpty ?? true { throw HostCallProblem("'sub' must name somebody") }
      if name == "aud" && !Self.isAudience(value) { throw HostCallProblem("'aud' must be a name or a list of names") }
    }
    guard claims["sub"] != nil else { throw HostCallProblem("the claims must name their subject: 'sub'") }
    guard JSON.object(claims).bytes.count <= Self.claimBytes else {
      throw HostCallProblem("the claims are over \(Self.claimBytes) bytes")
    }
    let lifetime = lifetimeSeconds ?? purpose.usualSeconds
    guard (1...purpose.maximumSeconds).contains(lifetime) else {
      throw HostCallProblem(
        "a token for '\(purpose.rawValue)' lives 1 to \(purpose.maximumSeconds) seconds, not \(lifetime)")
    }
    self.purpose = purpose
    self.claims = claims
    self.lifetimeSeconds = lifetime
  }

  /// Reads the argument of a rule's host call, `{"purpose","claims","lifetime_seconds"?}`. Throws a refusal for
  /// anything that the purpose doesn't allow. O(claims).
  package init(rule json: JSON) throws(HostCallProblem) {
    guard let members = json.object?.members else { throw HostCallProblem("takes a table") }
    for (name, _) in members where !["purpose", "claims", "lifetime_seconds"].contains(name) {
      throw HostCallProblem("unknown field '\(name)'")
    }
    let name = json["purpose"]?.string ?? ""
    guard let purpose = TokenPurpose(rawValue: name), purpose.isForRules else {
      let known = TokenPurpose.allCases.filter(\.isForRules).map { "'\($0.rawValue)'" }.joined(separator: " or ")
      throw HostCallProblem("'purpose' must be \(known), got '\(name)'")
    }
    guard let claims = json["claims"]?.object else { throw HostCallProblem("'claims' must be a table by name") }
    var lifetime: Int64?
    if let given = json["lifetime_seconds"], given != .null {
      guard let seconds = given.integer else {
        throw HostCallProblem("'lifetime_seconds' must be a whole number of seconds")
      }
      lifetime = seconds
    }
    try self.init(purpose, claims: claims, lifetimeSeconds: lifetime)
  }

  private static func isAudience(_ value: JSON) -> Bool {
    let names = value.array ?? [value]
    return !names.isEmpty && names.allSatisfy { !($0.string?.isEmpty ?? true) }
  }
}
