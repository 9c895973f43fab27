package import Core
package import Decisions

/// What the stream's topic `alarms` tells of how the host stands: each change of it, once.
package struct AlarmNews: Sendable {
  private var standing = HostStanding()
  /// What burns of each promise that isn't kept, by its decision and objective.
  private var burning: [String: JSON] = [:]

  /// News of a host that is ready, of which no budget burns.
  package init() {}

  /// That the host stands otherwise than before, and why; nil when nothing changed.
  package mutating func standing(_ now: HostStanding) -> StreamEvent? {
    if now == standing { return nil }
    defer { standing = now }
    return Self.event(
      "readiness",
      [
        "status": .string(now.status.rawValue), "before": .string(standing.status.rawValue),
        "reason": now.reason.map { .string($0) } ?? .null,
      ])
  }

  /// Which budgets of a report of ``ObjectiveBudgets`` burn otherwise than in the one before; one that burns no more
  /// has no `burns`. O(promises).
  package mutating func budgets(_ report: JSON) -> [StreamEvent] {
    var (now, events) = ([String: JSON](), [StreamEvent]())
    for budget in report["budgets"]?.array ?? [] {
      guard let point = budget["point"]?.string, let objective = budget["objective"]?.string else { continue }
      let name = "\(point) \(objective)"
      let burns = budget["burns"] ?? []
      if burns.array?.isEmpty == false { now[name] = burns }
      if burns == burning[name] ?? [] { continue }
      events.append(
        Self.event(
          "budget",
          [
            "point": .string(point), "objective": .string(objective), "left": budget["left"] ?? .null, "burns": burns,
          ]))
    }
    burning = now
    return events
  }

  /// That a line of the highest level came into the log.
  package static func critical(_ message: String) -> StreamEvent {
    event("critical", ["message": .string(message)])
  }

  private static func event(_ name: String, _ data: JSON) -> StreamEvent {
    StreamEvent(.alarms, name, at: 0, bytes: data.bytes)
  }
}
