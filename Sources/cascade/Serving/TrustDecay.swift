import CascadeHost
import Logging
import LuaRuntime
import ServiceLifecycle
import TrustGraph

/// Decays trust at each UTC midnight, and at the start for every midnight without a host.
struct TrustDecay: Service {
  /// The interval between two looks at the clock.
  static let interval = Duration.seconds(15)

  let moves: TrustMoves
  let logger: Logger

  func run() async throws {
    await decay()
    for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() { await decay() }
  }

  private func decay() async {
    let day = Moment.day(of: IdentifierGenerator.nowMilliseconds())
    do throws(GraphError) {
      switch try await moves.decay(through: day) {
      case .decayed(days: 0): break
      case .decayed(let days):
        logger.notice("trust decayed", metadata: ["days": "\(days)", "through": "\(Moment.text(day: day))"])
      case .notOffered(let point):
        logger.warning("trust does not decay: the rulebook that serves has no decision '\(point)'")
      case .failed(let failed): logger.error("trust does not decay: \(failed.failure.message)")
      }
    } catch {
      logger.error("trust does not decay: \(error)")
    }
  }
}
