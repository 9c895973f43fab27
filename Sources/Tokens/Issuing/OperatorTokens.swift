internal import Core

/// Mints operators' tokens from the folder of keys, with or without a running host.
package enum OperatorTokens {
  /// The `sub` of a token for no particular operator.
  package static let subject = "operator"

  /// A token with the scope `operator`, valid from `now` (milliseconds since 1970) for `lifetimeSeconds`; nil means the
  /// usual lifetime. Waits for the disk. Throws when the keys can't be read or written, or others may read them.
  package static func mint(
    _ store: any KeyStore, subject: String = subject, lifetimeSeconds: Int64? = nil, now: Int64
  ) throws(TokenError) -> MintedToken {
    let issuer = try Issuer(name: Issuer.operatorName, ring: store.ring, now: now)
    return try TokenMinter(issuer).mint(.operator, subject: subject, lifetimeSeconds: lifetimeSeconds, now: now)
  }
}
