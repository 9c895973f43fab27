internal import Core

/// Makes operators' tokens from the folder of keys, beside a host or without one.
package enum OperatorTokens {
  /// The `sub` of a token that was made for nobody in particular.
  package static let subject = "operator"

  /// A token with the scope `operator`, from `now` on (milliseconds since 1970), for `lifetimeSeconds` or, when nil, as
  /// long as is usual. Waits for the disk. Throws when the keys can't be read, trusted or made.
  package static func mint(
    _ directory: KeyDirectory, subject: String = subject, lifetimeSeconds: Int64? = nil, now: Int64
  ) throws(TokenError) -> MintedToken {
    let issuer = try Issuer(name: Issuer.operatorName, file: directory.ring, now: now)
    return try TokenMinter(issuer).mint(.operator, subject: subject, lifetimeSeconds: lifetimeSeconds, now: now)
  }
}
