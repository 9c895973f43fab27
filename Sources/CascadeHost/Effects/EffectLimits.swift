internal import Ledger
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
  /// Host calls that one run may make, and the bytes of their arguments and answers: what its record holds of them. A
  /// run that asks for more has its memory used up.
  package var calls = 100_000
  /// See ``calls``.
  package var callBytes = 8 << 20
  /// Bytes of one record, which a ledger takes. A decision whose record has more has its memory used up.
  package var recordBytes = LedgerLimits().recordBytes
  /// Decisions that wait or run; more are told that the host is not available.
  package var waiting = 1_000

  /// The defaults.
  package init() {}
}
