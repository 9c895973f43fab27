internal import Citizens
package import Core
internal import Synchronization
package import TrustGraph

/// Tells the stream whose level moved with trust: of the citizens in the windows of those between whom it changed, each
/// at most once a step. While nobody reads, a change costs one look.
package final class LevelNews: Sendable {
  /// A citizen's measurement over a snapshot of the graph, with its `level` and `window`; nil for who has none.
  package typealias Measure = @Sendable (_ citizen: String, _ graph: TrustSnapshot) async -> JSON?

  /// Citizens in the order in which they came, each once, with the graph as it was before.
  private struct Waiting {
    private var citizens: [(name: String, before: TrustSnapshot)] = []
    private var names: Set<String> = []

    var count: Int { citizens.count }

    mutating func add(_ name: String, _ before: TrustSnapshot) {
      if names.insert(name).inserted { citizens.append((name, before)) }
    }

    /// The first of them, which then don't wait any more. O(all).
    mutating func take(_ most: Int) -> [(name: String, before: TrustSnapshot)] {
      let first = Array(citizens.prefix(most))
      citizens.removeFirst(first.count)
      for citizen in first { names.remove(citizen.name) }
      return first
    }
  }

  private struct State {
    /// Between whom trust changed.
    var touched = Waiting()
    /// Whose level may have moved.
    var candidates = Waiting()
    /// Whether more changed than can be followed.
    var isMany = false
  }

  private let hub: StreamHub
  private let measure: Measure
  private let limits: StreamLimits
  private let state = Mutex(State())

  /// News for the readers of `hub`, of levels as `measure` finds them.
  package init(_ hub: StreamHub, limits: StreamLimits = StreamLimits(), measure: @escaping Measure) {
    self.hub = hub
    self.limits = limits
    self.measure = measure
  }

  /// Notes what changed behind `before`. O(changes), never waits.
  package func note(_ change: SnapshotChange, since before: TrustSnapshot) {
    if !hub.hasReaders { return }
    state.withLock { state in
      for row in change.relationships {
        if state.touched.count + 2 > limits.touchedCitizens {
          state.isMany = true
          return
        }
        state.touched.add(row.citizen1, before)
        state.touched.add(row.citizen2, before)
      }
    }
  }

  /// Measures the next citizens whose level may have moved until `now`, and tells of those whose did. To be called
  /// about once a second. O(citizens of a step · a measurement).
  package func step(_ now: TrustSnapshot) async {
    if !hub.hasReaders { return state.withLock { $0 = State() } }
    let (touched, isMany) = state.withLock { state in
      defer { state.isMany = false }
      return (state.touched.take(limits.measuredCitizens), state.isMany)
    }
    if isMany { hub.publish(StreamEvent(.graph, "graph", at: 0, bytes: Self.manyMoved(now))) }
    for citizen in touched { await add(citizen.name, citizen.before, now) }
    let next = state.withLock { $0.candidates.take(limits.measuredCitizens) }
    for citizen in next { await tell(citizen.name, before: citizen.before, now) }
  }

  /// Adds a citizen with those in its window, as large as the rules look.
  private func add(_ citizen: String, _ before: TrustSnapshot, _ now: TrustSnapshot) async {
    var citizens = [citizen]
    if let window = await measure(citizen, now)?["window"]?.integer,
      let drawing = try? now.drawing(of: citizen, limit: Int(clamping: window), neutral: TrustScale.unrecorded)
    {
      citizens = drawing.nodes.map(\.name)
    }
    state.withLock { state in
      for citizen in citizens where state.candidates.count < limits.touchedCitizens {
        state.candidates.add(citizen, before)
      }
    }
  }

  private func tell(_ citizen: String, before: TrustSnapshot, _ now: TrustSnapshot) async {
    guard let measured = await measure(citizen, now), let level = measured["level"] else { return }
    let earlier = await measure(citizen, before)?["level"] ?? .null
    if level == earlier { return }
    let told: JSON = [
      "citizen": .string(citizen), "before": earlier, "level": level, "ready": measured["ready"] ?? .null,
      "snapshot": .integer(Int64(now.version)),
    ]
    hub.publish(StreamEvent(.graph, "level", at: 0, bytes: told.bytes, citizen: citizen))
  }

  private static func manyMoved(_ now: TrustSnapshot) -> [UInt8] {
    (["snapshot": .integer(Int64(now.version)), "levels": "many"] as JSON).bytes
  }
}
