import Core
import Ledger
import Logging
import ServiceLifecycle

/// Releases expired holds even while nobody writes.
struct LedgerSweep: Service {
  /// The interval between two sweeps.
  static let interval = Duration.seconds(1)

  let ledger: any LedgerStore
  let logger: Logger

  func run() async throws {
    for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() {
      do throws(StoreError) {
        _ = try await ledger.sweep()
      } catch {
        logger.error("expired holds could not be released: \(error)")
      }
    }
  }
}
