internal import CLuaBridge

/// What one run of Lua code may cost.
package struct RunLimits: Sendable, Hashable {
  /// Units of the deterministic cost.
  package var fuel: UInt64
  /// The most wall time of one run: a safety net, since on an idle core a rule has used up its fuel long before.
  package var deadline: Duration { didSet { deadlineNanoseconds = Self.nanoseconds(of: deadline) } }
  // Splitting a Duration divides 128-bit integers; cache the result for the hot path.
  private var deadlineNanoseconds: UInt64

  /// Limits; the defaults are those of a decision.
  package init(fuel: UInt64 = 3_000_000, deadline: Duration = .milliseconds(150)) {
    self.fuel = fuel
    self.deadline = deadline
    deadlineNanoseconds = Self.nanoseconds(of: deadline)
  }

  /// The limits of a decision with effects: more than others have, as it may have ten thousand of them and holds up
  /// nothing but its like.
  package static let withEffects = RunLimits(fuel: 100_000_000, deadline: .seconds(5))

  /// The same fuel with no deadline that a run could meet before its fuel is used up, however busy the machine is.
  package var untimed: RunLimits { RunLimits(fuel: fuel, deadline: .seconds(86_400)) }

  var bridged: clb_limits { clb_limits(fuel: fuel, deadline_nanoseconds: deadlineNanoseconds) }

  private static func nanoseconds(of duration: Duration) -> UInt64 {
    let (seconds, attoseconds) = duration.components
    return UInt64(max(0, seconds * 1_000_000_000 + attoseconds / 1_000_000_000))
  }
}
