import Core
import Ledger
import Logging
import ServiceLifecycle

/// Releases expired holds even while nobody writes; of several hosts, whichever has its turn.
struct LedgerSweep: Service {
  /// The interval between two sweeps.
  static let interval = Duration.seconds(1)

  /// For how long a sweep is one host's.
  static let turn = Duration.seconds(15)

  let ledger: any LedgerStore
  let turns: any WorkTurns
  let logger: Logger

  func run() async throws {
    for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() {
      do {
        _ = try await turns.once(.sweep, for: Self.turn, pause: Self.interval / 2) { try await ledger.sweep() }
      } catch {
        logger.error("expired holds could not be released: \(error)")
      }
    }
  }
}
