package import GovernanceTesting
package import Ledger
internal import Synchronization

/// Clocks that a test moves.
package final class HandClock: Sendable {
  private let now = Mutex(Clock.begin * 1_000_000)
  private let boot = Mutex<Int64>(0)

  /// What a ledger reads.
  package var source: TimeSource {
    TimeSource(wall: { self.now.withLock { $0 } }, boot: { self.boot.withLock { $0 } })
  }

  /// What an act's time is made of.
  package var clock: Clock {
    var clock = Clock()
    clock.advance(now.withLock { $0 } / 1_000_000 - Clock.begin)
    return clock
  }

  /// Lets time pass, on the boot-time clock only while a host runs.
  package func advance(seconds: Int64, isRunning: Bool = true) {
    now.withLock { $0 += seconds * 1_000_000_000 }
    if isRunning { boot.withLock { $0 += seconds * 1_000_000_000 } }
  }
}
