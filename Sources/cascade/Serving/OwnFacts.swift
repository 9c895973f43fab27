import Core
import Decisions
import Observability
import Server

/// What a host counts and finds out of itself while it runs, for whoever watches it.
struct OwnFacts: Sendable {
  /// What the self-check found.
  let findings: SelfCheckFindings
  /// How the parts do that work by themselves.
  let health: PartHealth
  /// The routes of the API port.
  let routes: RouteSights
  /// The host calls that rules made.
  let hostCalls: HostCallSights
  /// When a backup was verified last.
  let backups: BackupSight
  /// What was counted of all decisions until now.
  let counts: @Sendable () async -> LaneStatistics

  /// What the host doesn't know of itself at `now`, milliseconds since 1970, beside what its model doesn't; `entries`
  /// are the ledger's, nil when it can't be read. Blocks.
  func blindSpots(entries: Int64?, now: Int64) -> [(name: String, value: JSON)] {
    let impossible: JSON? = findings.impossible.map { impossible in
      ["count": .integer(Int64(impossible.count)), "last": .string(impossible.last)]
    }
    func whole(_ duration: Duration) -> JSON { .integer(duration.components.seconds) }
    return [
      ("unreplayable_records", impossible ?? .null),
      ("unverified_seconds", whole(findings.oldestUnverified())),
      ("checkpoint_seconds", health.sinceCheckpoint.map(whole) ?? .null),
      ("backup_seconds", backups.seconds(at: now).map { .integer($0) } ?? .null),
      ("uncovered_entries", entries.flatMap(health.entriesBehind).map { .integer($0) } ?? .null),
    ]
  }
}
