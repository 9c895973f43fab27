package import Core

/// The tokens that were revoked before they expired.
package protocol RevokedTokens: Sendable {
  /// Whether the token with this `jti` was revoked. Reads memory only.
  func isRevoked(_ identity: Identifier) -> Bool
  /// Revokes the token with this `jti`, which expires at `expiry`, seconds since 1970. Returns once a power cut can't
  /// undo it. Throws when it can't be stored.
  func revoke(_ identity: Identifier, expiry: Int64) throws(TokenError)
}
