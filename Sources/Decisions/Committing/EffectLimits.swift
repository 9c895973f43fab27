internal import Ledger
package import LuaRuntime
internal import NIOCore

/// The limits of decisions with effects.
package struct EffectLimits: Sendable {
  /// Threads on which decisions run, beside the one for the ledger's writer.
  package var threads = Processors.used
  /// What one run may cost.
  package var run = RunLimits.withEffects
  /// Accounts that are fetched for one decision, each followed by another run.
  package var fetches = 8
  /// How long after it was asked a decision may still be run again after a conflict.
  package var deadline = Duration.seconds(10)
  /// Host calls that one run may make, and the bytes of their arguments and answers: what its record holds of them. A
  /// run that asks for more has its memory used up.
  package var calls = 100_000
  /// See ``calls``.
  package var callBytes = 8 << 20
  /// Bytes of one record, which a ledger takes. A decision whose record has more has its memory used up.
  package var recordBytes = LedgerLimits().recordBytes
  /// Decisions that are under way at once; more are told that the host is not available.
  package var waiting = 1_000

  /// How often a decision that another generation must make looks whether this host has that.
  static let generationLook = Duration.milliseconds(10)

  /// The limits that serve, unless one is set.
  package init() {}
}

private enum Processors {
  /// Between 2 and 8 of the machine's; asked of the system once, which reads files for it.
  static let used = min(max(System.coreCount, 2), 8)
}
