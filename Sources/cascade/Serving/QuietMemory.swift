import Core
import Platform
import ServiceLifecycle

/// Gives memory back while the host has little to do: what a reload or a busy hour needed, a quiet one doesn't.
struct QuietMemory: Service {
  /// The interval between two looks.
  static let interval = Duration.seconds(15)

  /// The processor time between two looks below which the host is quiet: a fiftieth of one core.
  static let quiet = interval / 50

  func run() async throws {
    var used = ProcessorClock.nanoseconds()
    for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() {
      let now = ProcessorClock.nanoseconds()
      if .nanoseconds(now - used) < Self.quiet { await BlockingPool.shared.run { ResidentMemory.giveBack() } }
      used = now
    }
  }
}
