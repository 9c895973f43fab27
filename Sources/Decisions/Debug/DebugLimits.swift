/// What a debugger is bounded by.
package enum DebugLimits {
  /// Bytes of one message of the protocol.
  package static let messageBytes = 1 << 20
  /// Bytes of an expression.
  package static let expressionBytes = 4_096
  /// Breakpoints of one file.
  package static let breakpoints = 1_000
  /// Conditions and log points that are evaluated on the way from one stop to the next: each is a run.
  package static let evaluations = 10_000
}
