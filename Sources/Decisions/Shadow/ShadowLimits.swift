/// What a shadow takes at most.
package struct ShadowLimits: Sendable {
  /// Decisions that are compared; then the shadow ends.
  package var pairs = 500_000
  /// Bytes of one log that wait to be compared; what comes on top is counted as dropped.
  package var waitingBytes = 8 << 20
  /// Entries of the ledger that wait in the same way.
  package var waitingEntries = 10_000
  /// Records that are taken at once.
  package var piece = 64
  /// Milliseconds that a shadow lasts at most.
  package var lastingMilliseconds: Int64 = 90 * 86_400_000
  /// One decision in so many at the least.
  package var share = 1_000_000
  /// Shadows whose verdicts are kept, the one under way among them.
  package var kept = 2
  /// The time between two looks for new decisions.
  package var interval = Duration.milliseconds(50)

  /// The limits that serve, unless one is set.
  package init() {}
}
