import Commerce
import Core
import Decisions
import Ledger
import Observability
import Platform
import StoreSQLite
import Tokens

/// What a host's stores and other parts come to, read for whoever watches over it.
struct HostFigures: Sendable {
  /// Whether each part works; each is there from the start on.
  let parts: [(name: String, works: Bool)]
  /// The figures; one that can't be told now is `NaN`.
  private(set) var readings: [HostMetrics.Reading]

  /// Asks the stores, each of which shows by its answer whether it works.
  init(_ stores: OpenStores, _ health: PartHealth, rulebookWorks: Bool) async {
    let now = WallClock.milliseconds()
    let head = try? await stores.ledger.head()
    let sessions = try? await stores.sessions.count(now: now)
    let waiting = try? await stores.payments.waitingCredits()
    let free = try? await BlockingPool.shared.run { [data = stores.data.path] in try FreeSpace(on: data).bytes }
    let unwritten = Set(stores.writeProblems.map(\.store))
    parts =
      [
        ("ledger", stores.ledger.isWritable && head != nil), ("records", stores.records.problem == nil),
        ("revocations", stores.keys.revoked.isReadable), ("rulebook", rulebookWorks), ("keys", health.readsKeys),
        ("checkpoints", health.makesCheckpoints), ("sessions", sessions != nil && !unwritten.contains("sessions")),
        ("payments", waiting != nil && !unwritten.contains("payments")), ("graph", !unwritten.contains("graph")),
      ] + (stores.redis?.isWanted == true ? [("redis", stores.redis?.isAway != true)] : [])
    let behind = head.flatMap { health.entriesBehind($0.sequence) }
    let oldest = waiting.map { waiting in waiting.oldestMilliseconds.map { max(0, Double(now - $0) / 1000) } ?? 0 }
    func reading(_ name: String, _ help: String, _ value: Double?) -> HostMetrics.Reading {
      HostMetrics.Reading(name: name, help: help, value: value ?? .nan)
    }
    readings = [
      reading("cascade_ledger_sequence", "The number of the ledger's newest entry.", head.map { Double($0.sequence) }),
      reading(
        "cascade_checkpoint_entries_behind", "Entries of the ledger that no checkpoint covers.",
        behind.map { Double($0) }),
      reading("cascade_outbox_waiting", "Credits that Venice has not acknowledged.", waiting.map { Double($0.count) }),
      reading("cascade_outbox_oldest_seconds", "Since the payment of the oldest of them.", oldest),
      reading("cascade_sessions", "Sessions of citizens that go on.", sessions.map { Double($0) }),
      reading("cascade_data_free_bytes", "What can still be written beside the host's data.", free.map { Double($0) }),
    ]
    if let forged = stores.redis?.forged {
      let help = "Values found in Redis that no host with the key had written, which count as none; since the start."
      readings.append(reading("cascade_redis_forged_values", help, Double(forged)))
    }
  }
}
