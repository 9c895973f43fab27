internal import Core

/// Where a store has its time from, nanoseconds.
package struct TimeSource: Sendable {
  /// Since 1970, as people set it; may jump.
  package var wall: @Sendable () -> Int64
  /// Since the machine started, sleep included; never jumps.
  package var boot: @Sendable () -> Int64

  /// Time from these two.
  package init(wall: @escaping @Sendable () -> Int64, boot: @escaping @Sendable () -> Int64) {
    self.wall = wall
    self.boot = boot
  }

  /// The machine's own clocks.
  package static let system = TimeSource(wall: WallClock.nanoseconds, boot: BootClock.nanoseconds)
}

/// Ledger time: begins at the wall clock or right after the last entry, whichever is later, and then goes with the
/// time since boot, so that no jump of the wall clock reaches a hold.
package struct LedgerClock: Sendable {
  /// The last time at which a ledger may begin to write: the end of what 64 bits hold is two years behind.
  package static let latest = Int64.max - 2 * 366 * 86_400 * 1_000_000_000

  private let source: TimeSource
  private let start: Int64
  private let bootAtStart: Int64

  /// A clock for a run after the entry of time `last`.
  package init(_ source: TimeSource, after last: Int64) {
    self.source = source
    start = max(source.wall(), last.adding(saturating: 1))
    bootAtStart = source.boot()
  }

  /// Nanoseconds since 1970, which never go back while the host runs.
  package var now: Int64 { start.adding(saturating: source.boot().subtracting(saturating: bootAtStart)) }
}
