/// Which decisions without effects are kept, and where.
package struct RecordKeeping: Sendable {
  /// Says which decisions are kept.
  package var policy: RecordPolicy
  /// The log that keeps them.
  package var log: RecordLog

  /// Keeps in `log` what `policy` says.
  package init(_ policy: RecordPolicy, in log: RecordLog) {
    self.policy = policy
    self.log = log
  }
}
