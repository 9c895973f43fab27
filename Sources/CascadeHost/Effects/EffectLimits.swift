package import LuaRuntime

/// What decisions with effects are bounded by.
package struct EffectLimits: Sendable {
  /// What one run may cost: more than on a lane, as it may have ten thousand effects and holds nobody up but the
  /// decisions with effects behind it.
  package var run = RunLimits(fuel: 100_000_000, deadline: .seconds(5))
  /// Accounts that are fetched for one decision, each followed by another run.
  package var fetches = 8
  /// Runs after a conflict.
  package var conflictReruns = 3
  /// Tokens that one decision may have signed.
  package static let tokens = 16
  /// Decisions that wait or run; more are told that the host is not available.
  package var waiting = 1_000

  /// The defaults.
  package init() {}
}
