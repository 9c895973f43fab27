package import Ledger
internal import Synchronization

/// Clocks that go when they are told to.
package final class ManualTime: Sendable {
  private let wall: Mutex<Int64>
  private let boot = Mutex<Int64>(0)

  /// Clocks whose wall shows `wall` nanoseconds since 1970.
  package init(wall: Int64 = 1_700_000_000_000_000_000) { self.wall = Mutex(wall) }

  /// What a store reads.
  package var source: TimeSource {
    TimeSource(wall: { self.wall.withLock { $0 } }, boot: { self.boot.withLock { $0 } })
  }

  /// Ledger time, while only ``advance(seconds:)`` was called.
  package var now: Int64 { wall.withLock { $0 } }

  /// Lets time pass, as it does.
  package func advance(seconds: Int64) {
    wall.withLock { $0 += seconds * 1_000_000_000 }
    boot.withLock { $0 += seconds * 1_000_000_000 }
  }

  /// Sets the wall clock only, as an operator or a time server does.
  package func jump(seconds: Int64) { wall.withLock { $0 += seconds * 1_000_000_000 } }
}
