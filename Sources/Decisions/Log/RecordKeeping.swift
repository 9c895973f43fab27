/// Which decisions without effects are kept, and where.
package struct RecordKeeping: Sendable {
  /// Which.
  package var policy: RecordPolicy
  /// Where.
  package var log: RecordLog

  /// Keeps in `log` what `policy` says.
  package init(_ policy: RecordPolicy, in log: RecordLog) {
    self.policy = policy
    self.log = log
  }
}
