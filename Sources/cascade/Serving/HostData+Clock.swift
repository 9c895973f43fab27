import Citizens
import Core
import Decisions
import Ledger
import Logging
import Synchronization
import TrustGraph

/// The clock of a host, held against what the last one saw.
extension HostData {
  /// The jump of the clock since the last host saw it; nil when it made none. Throws when nobody accepted it.
  static func jump(
    since seen: ClockReading?, _ settings: ServeSettings
  ) throws -> (seen: ClockReading, now: ClockReading)? {
    guard let seen else { return nil }
    let now = try ClockReading.now()
    guard let days = seen.jump(to: now) else { return nil }
    if settings.acceptsClock { return (seen, now) }
    throw ReadingError(
      message: "the clock is \(text(days)) what the last host on \(settings.data) saw: "
        + "trust decays and tokens end by it. Set it, or start once with --accept-clock")
  }

  private static func text(_ days: Int64) -> String { "\(abs(days)) days \(days > 0 ? "ahead of" : "behind")" }

  /// Takes an accepted jump of the clock: trust doesn't decay by its days, and the next host starts from what the clock
  /// shows now. Does nothing without one. Throws what the stores throw; then the next start asks again.
  func takeClock(_ ledger: some LedgerReading, _ graph: LiveGraph) async throws {
    guard let jump, let days = jump.seen.jump(to: jump.now) else { return }
    // Hosts that share a graph go by the clock of their server, so no jump of this one's reached it.
    if settings.shared == nil {
      let day = ISO8601.day(of: try await ledger.now() / 1_000_000)
      let unset = ISO8601.day(of: jump.seen.unset(at: jump.now))
      _ = try await graph.leaveOutDays(of: (to: day, unset: unset))
    }
    try mark.withLock { mark throws(StoreError) in
      var next = mark
      next.clock = jump.now
      try next.write(in: path)
      mark = next
    }
    logger.warning("the clock was accepted: \(Self.text(days)) what the last host saw; trust doesn't decay by that")
    try audit.append(.local("acceptClock", details: [("days", "\(days)")]))
  }

  /// Whether the clock jumped since it was noted, which the log says once.
  func tellJump(since seen: ClockReading?, to now: ClockReading) -> Bool {
    guard let days = seen?.jump(to: now) else { return false }
    if !isJumpTold.exchange(true, ordering: .relaxed) {
      logger.critical(
        """
        the clock is \(Self.text(days)) what it showed before: tokens end by it. Set it, or start the host again with \
        --accept-clock
        """
      )
    }
    return true
  }
}
