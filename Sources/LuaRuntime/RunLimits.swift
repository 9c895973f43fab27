internal import CLuaBridge

/// What one run of Lua code may cost.
package struct RunLimits: Sendable, Hashable {
  /// Units of the deterministic cost.
  package var fuel: UInt64
  /// Wall time.
  package var deadline: Duration

  /// Limits; the defaults are those of a decision.
  package init(fuel: UInt64 = 10_000_000, deadline: Duration = .milliseconds(50)) {
    self.fuel = fuel
    self.deadline = deadline
  }

  var bridged: clb_limits {
    let (seconds, attoseconds) = deadline.components
    return clb_limits(
      fuel: fuel, deadline_nanoseconds: UInt64(max(0, seconds * 1_000_000_000 + attoseconds / 1_000_000_000)))
  }
}
