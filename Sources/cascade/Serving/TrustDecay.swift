import Citizens
internal import Core
internal import Decisions
import Ledger
import Logging
import ServiceLifecycle
import TrustGraph

/// Decays trust at each UTC midnight, and at the start for every midnight without a host. Midnight is by the ledger's
/// time, which no jump of the wall clock moves while a host runs.
struct TrustDecay: Service {
  /// The interval between two looks at the clock.
  static let interval = Duration.seconds(15)

  /// For how long it is one host's to do.
  static let turn = Duration.seconds(120)

  let moves: TrustMoves
  let ledger: any LedgerReading
  /// Of several hosts, one decays.
  let turns: any WorkTurns
  let logger: Logger

  func run() async throws {
    await decayInTurn()
    for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() { await decayInTurn() }
  }

  private func decayInTurn() async {
    do {
      _ = try await turns.once(.decay, for: Self.turn, pause: Self.interval / 2) { await decay() }
    } catch {
      logger.error("trust does not decay, as nobody says whose turn it is: \(error)")
    }
  }

  private func decay() async {
    let day: Int64
    do throws(StoreError) {
      day = ISO8601.day(of: try await ledger.now() / 1_000_000)
    } catch {
      return logger.error("trust does not decay, as the ledger tells no time: \(error)")
    }
    do throws(TrustMovesError) {
      let days = try await moves.decay(through: day)
      if days == 0 { return }
      logger.notice("trust decayed", metadata: ["days": "\(days)", "through": "\(ISO8601.text(day: day))"])
    } catch {
      switch error {
      case .decision(let failure) where failure.isNotOffered:
        logger.warning("trust does not decay: \(failure.message)")
      case .decision(let failure): logger.error("trust does not decay: \(failure.message)")
      case .graph(let error): logger.error("trust does not decay: \(error)")
      }
    }
  }
}
