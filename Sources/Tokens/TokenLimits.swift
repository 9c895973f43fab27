/// The bounds of everything that is read here.
package enum TokenLimits {
  /// Bytes of a token, before anything is parsed.
  package static let tokenBytes = 8192
  /// Levels of nesting in a header, payload or key.
  package static let depth = 64
  /// Names in the `crit` of a header.
  package static let criticalNames = 16
  /// Keys of a set.
  package static let keys = 128
  /// Bytes of an HMAC key.
  package static let symmetricKeyBytes = 4096
  /// Seconds that clocks may differ, at most.
  package static let leewaySeconds = 300
}
