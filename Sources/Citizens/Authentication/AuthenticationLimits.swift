/// The bounds of signing in.
package struct AuthenticationLimits: Sendable {
  /// Bytes of a username.
  package var usernameBytes = 128
  /// How long a challenge can be answered, in milliseconds.
  package var challengeMilliseconds: Int64 = 5 * 60 * 1000
  /// A proof that doesn't hold is answered at the next multiple of this, so that time tells nothing.
  package var refusalStep = Duration.milliseconds(500)
  /// How long a session can be refreshed after its begin, in milliseconds.
  package var sessionMilliseconds: Int64 = 30 * 24 * 3600 * 1000
  /// Sessions of one citizen; a further one ends the oldest.
  package var sessions = 20
  /// Refreshes of one session; then the citizen signs in again.
  package var refreshes = 5_000
  /// How long a refresh may be repeated by the same client, in milliseconds.
  package var graceMilliseconds: Int64 = 10_000
  /// Refreshes that may be repeated; a further one may not.
  package var graces = 10_000
  /// How often two decisions are asked again because the rules changed between them.
  package var reruns = 3

  package init() {}
}
