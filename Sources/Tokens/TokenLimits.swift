/// The limits on tokens, keys and key sets.
package enum TokenLimits {
  /// The most bytes of a token, checked before parsing.
  package static let tokenBytes = 8192
  /// The most levels of nesting in a header, payload or key.
  package static let depth = 64
  /// The most names in a header's `crit`; the lookup of each is linear.
  package static let criticalNames = 16
  /// The most keys of a set.
  package static let keys = 128
  /// The most bytes of an HMAC key.
  package static let symmetricKeyBytes = 4096
  /// The most seconds of tolerance between clocks.
  package static let leewaySeconds = 300
}
