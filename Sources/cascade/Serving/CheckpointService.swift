import Decisions
import Ledger
import Logging
import ServiceLifecycle
import Tokens

/// Signs and stores checkpoints of the ledger as they become due, and one more at the end.
struct CheckpointService: Service {
  /// The interval between two looks.
  static let interval = Duration.seconds(1)

  private let maker: CheckpointMaker
  private let health: PartHealth
  private let logger: Logger

  /// Stores the checkpoints of `ledger` in the directory `data`, and tells `health` how it goes.
  init(
    _ ledger: any LedgerReading, records: any RecordHeads, keys: HostKeys, data: String, health: PartHealth,
    logger: Logger
  ) {
    self.health = health
    let book = CheckpointBook(directory: DataDirectory.checkpoints(in: data))
    maker = CheckpointMaker(
      of: ledger, records: records, signer: keys.checkpoints, keys: CheckpointKeys(keys.directory), book: book,
      logger: logger)
    self.logger = logger
  }

  func run() async throws {
    for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() { await make(isLast: false) }
    await make(isLast: true)
  }

  private func make(isLast: Bool) async {
    do {
      let made = try await maker.makeIfDue(now: .now, isLast: isLast)
      if let made { logger.debug("checkpoint of \(made.checkpoint.size) entries") }
      health.checkpointsWork(newest: maker.newestSize, isMade: made != nil)
    } catch {
      health.checkpointsFail()
      // Whoever ends the host at once says why.
      if !Task.isCancelled { logger.error("no checkpoint of the ledger could be made: \(error)") }
    }
  }
}
