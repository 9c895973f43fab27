internal import Citizens
package import Core
internal import Synchronization
package import TrustGraph

/// Tells the stream whose level moved with trust: of the citizens in the windows of those between whom it changed, each
/// at most once a step. While nobody reads, a change costs one look.
package final class LevelNews: Sendable {
  /// A citizen's measurement over a snapshot of the graph, with its `level` and `window`; nil for who has none.
  package typealias Measure = @Sendable (_ citizen: String, _ graph: TrustSnapshot) async -> JSON?

  private struct State {
    /// Between whom trust changed, with the graph as it was before.
    var touched: [(citizen: String, before: TrustSnapshot)] = []
    /// Whose level may have moved, with the graph as it was before; first come, first measured.
    var candidates: [(citizen: String, before: TrustSnapshot)] = []
    var known: Set<String> = []
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
        state.touched.append((row.citizen1, before))
        state.touched.append((row.citizen2, before))
      }
    }
  }

  /// Measures the next citizens whose level may have moved until `now`, and tells of those whose did. To be called
  /// about once a second. O(citizens of a step · a measurement).
  package func step(_ now: TrustSnapshot) async {
    let (touched, isMany) = state.withLock { state in
      defer { (state.touched, state.isMany) = ([], false) }
      return (state.touched, state.isMany)
    }
    if !hub.hasReaders { return clear() }
    if isMany { hub.publish(StreamEvent(.graph, "graph", at: 0, bytes: Self.manyMoved(now))) }
    for (citizen, before) in touched { await add(citizen, before, now) }
    let next = state.withLock { state in
      let next = Array(state.candidates.prefix(limits.measuredCitizens))
      state.candidates.removeFirst(next.count)
      for candidate in next { state.known.remove(candidate.citizen) }
      return next
    }
    for candidate in next { await tell(candidate.citizen, before: candidate.before, now) }
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
        if state.known.insert(citizen).inserted { state.candidates.append((citizen, before)) }
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

  private func clear() { state.withLock { $0 = State() } }

  private static func manyMoved(_ now: TrustSnapshot) -> [UInt8] {
    (["snapshot": .integer(Int64(now.version)), "levels": "many"] as JSON).bytes
  }
}
