import Core
import Decisions
import Logging
import Rulebook
import ServiceLifecycle
import StorePostgres

/// Keeps a host in touch with the others: heartbeats, what they want loaded, what they activated.
struct FleetService: Service {
  let member: FleetMember
  let host: any FleetFollowing
  let logger: Logger

  func run() async throws {
    var problem: String?
    for await _ in AsyncTimer(interval: FleetLimits.look).cancelOnGracefulShutdown() {
      var found: String?
      do throws(StoreError) {
        try await member.round(host)
        found = member.problem
      } catch {
        found = error.description
      }
      // Once when it begins, and once when it is over.
      if let found, problem == nil { logger.error("this host can't go on with the others: \(found)") }
      if found == nil, problem != nil { logger.notice("this host is in touch with the others again") }
      problem = found
    }
    await member.leave()
  }
}

/// Stores this host's records where all hosts read them, and makes room for those of the days to come.
struct RecordShipping: Service {
  /// The pause when everything is stored.
  static let interval = Duration.milliseconds(500)
  /// How often somebody looks whether there is room for a week.
  static let days = Duration.seconds(3_600)

  let shipper: RecordShipper
  let fleet: FleetStores
  let logger: Logger

  func run() async throws {
    var known: Set<String> = []
    var isAway = false
    for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() {
      do {
        _ = try await fleet.turns.once(.recordDays, for: .seconds(60), pause: Self.days) {
          try await fleet.records.makeDays(from: WallClock.milliseconds())
        }
        try await ship(&known)
        if isAway { logger.notice("records are stored for all hosts again") }
        isAway = false
      } catch {
        if !isAway { logger.error("records can't be stored for all hosts, and stay here meanwhile: \(error)") }
        isAway = true
      }
    }
    // What is left stays in the host's own files, and is stored at its next start.
    try? await ship(&known)
  }

  private func ship(_ known: inout Set<String>) async throws {
    while true {
      let round = try await shipper.round()
      for fault in round.faults where known.insert(fault).inserted {
        logger.critical("records stay where they are, with all behind them: \(fault)")
      }
      if !round.isUnfinished || Task.isCancelled { return }
    }
  }
}
