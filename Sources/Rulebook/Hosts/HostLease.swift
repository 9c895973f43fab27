internal import Core
internal import Synchronization

/// How long a host may take its generation for the one that decides everywhere: some seconds from its last confirmed
/// heartbeat, by its own clock, which nobody sets.
package final class HostLease: Sendable {
  /// What a host may do now.
  package enum Standing: Sendable, Equatable {
    /// It may decide everything.
    case held
    /// Answer, saying that another generation may decide by now; nothing with effects.
    case stale
    /// It may decide nothing any more.
    case over
  }

  private let end: Atomic<Int64>
  private let staleNanoseconds: Int64
  private let clock: @Sendable () -> Int64

  /// A lease that doesn't run yet. Without one the host answers for `staleAfter`. `clock` gives nanoseconds.
  package init(
    staleAfter: Duration = FleetLimits.staleAfter, clock: @escaping @Sendable () -> Int64 = BootClock.nanoseconds
  ) {
    self.clock = clock
    staleNanoseconds = staleAfter.microseconds * 1_000
    end = Atomic(Int64.min / 2)
  }

  /// The time by the lease's clock, for ``renew(from:)``.
  package var now: Int64 { clock() }

  /// What may be done now. O(1): a look at the clock.
  package var standing: Standing {
    let over = clock() - end.load(ordering: .acquiring)
    if over < 0 { return .held }
    return over < staleNanoseconds ? .stale : .over
  }

  /// A heartbeat that was sent at `begin` is confirmed.
  package func renew(from begin: Int64) {
    end.max(begin + FleetLimits.lease.microseconds * 1_000, ordering: .acquiringAndReleasing)
  }

  /// Ends the lease now, if it runs.
  package func end(at time: Int64) { end.min(time, ordering: .acquiringAndReleasing) }
}
