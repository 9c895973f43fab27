package import Core

/// The tokens that were revoked before their time.
package protocol RevokedTokens: Sendable {
  /// Whether the token of this `jti` was revoked. Answered from memory.
  func isRevoked(_ identity: Identifier) -> Bool
  /// Revokes the token of this `jti`, which expires at `expiry`, seconds since 1970. Returns when that outlasts a power
  /// cut. Throws when it can't be kept.
  func revoke(_ identity: Identifier, expiry: Int64) throws(TokenError)
}
