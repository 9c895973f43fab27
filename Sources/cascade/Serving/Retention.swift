import Core
import Decisions
import Logging
import ServiceLifecycle

/// Removes records that are older than the settings keep them, a while after they are.
struct Retention: Service {
  /// The interval between two looks.
  static let interval = Duration.seconds(600)
  /// Who the ledger is told asked for it.
  static let requester = "retention"

  let stores: OpenStores
  /// Whose turn it is, of several hosts.
  let turns: any WorkTurns
  /// How long records are kept, milliseconds; nil for ever.
  let keptMilliseconds: Int64?
  let logger: Logger

  func run() async throws {
    for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() {
      guard let keptMilliseconds else { continue }
      do {
        _ = try await turns.once(.retention, for: Self.interval, pause: Self.interval / 2) {
          try await prune(before: WallClock.milliseconds() - keptMilliseconds)
        }
      } catch {
        logger.error("records can't be pruned: \(error)")
      }
    }
  }

  private func prune(before milliseconds: Int64) async throws {
    var pruned: PrunedRecords
    repeat {
      pruned = try await stores.prune(before: milliseconds, requester: Self.requester)
      for problem in pruned.problems { logger.error("records can't be pruned: \(problem)") }
      if pruned.records > 0 {
        logger.notice(
          "old records were removed",
          metadata: ["records": "\(pruned.records)", "segments": "\(pruned.anchors.count)"])
      }
    } while pruned.isUnfinished
  }
}
