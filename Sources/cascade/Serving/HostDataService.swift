import Core
import Decisions
import Ledger
import Logging
import Platform
import ServiceLifecycle

/// Notes what is in a data directory while a host runs.
struct HostDataService: Service {
  /// How often it looks.
  static let interval = Duration.seconds(5)

  let stores: OpenStores
  let logger: Logger

  func run() async throws {
    await note()
    for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() { await note() }
  }

  private func note() async {
    let data = stores.data
    do {
      // What is noted must be on the disk before.
      let ages = await stores.raisedAges()
      let entries = stores.shared == nil ? (try? await stores.ledger.head().sequence) ?? 0 : 0
      try await BlockingPool.shared.run { [keys = stores.keys] in try data.note(keys, ages: ages, entries: entries) }
    } catch {
      logger.error("what is kept in \(data.path) can't be noted: \(error)")
    }
  }
}
