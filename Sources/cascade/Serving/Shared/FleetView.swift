import Core
import Decisions
import Rulebook
import Synchronization

/// What is shown of the hosts that share a store.
struct FleetView: Sendable {
  let member: FleetMember

  /// `{"awareness","hosts":[{"name","generation","awareness","seconds","problem"}]}`: the fleet is as aware of itself
  /// as
  /// the least of its live hosts. Null when the register can't be asked.
  var json: JSON { get async { await told(problems: true) } }

  /// The same without problems, for anybody.
  var brief: JSON { get async { await told(problems: false) } }

  private func told(problems: Bool) async -> JSON {
    guard let hosts = try? await member.hosts() else { return .null }
    let figures = hosts.filter { $0.age < FleetLimits.live }.map(\.beat.awareness)
    let least = figures.contains { $0 == nil } ? nil : figures.compactMap { $0 }.min()
    let list = hosts.map { host in
      var object = JSON.Object([
        ("name", .string(host.beat.name)), ("generation", .integer(Int64(host.beat.generation))),
        ("awareness", host.beat.awareness.map { .double($0) } ?? .null),
        ("seconds", .integer(host.age.components.seconds)),
      ])
      if problems { object.append("problem", host.beat.problem.map { .string($0) } ?? .null) }
      return JSON.object(object)
    }
    return ["awareness": least.map { .double($0) } ?? .null, "hosts": .array(list)]
  }
}

/// The host's figure of itself, for those who must not wait.
final class OwnFigure: Sendable {
  private let figure = Mutex<Double?>(nil)

  /// The figure of the last step; nil while it isn't known.
  var value: Double? { figure.withLock { $0 } }

  /// The last step came to this.
  func note(_ value: Double?) { figure.withLock { $0 = value } }
}
