internal import Core
package import Governance
internal import Synchronization

/// Says which decisions are suspended. While none is, asking costs one load of a flag.
package final class SuspensionGate: Sendable {
  private struct State {
    var emergencies = Suspension()
    /// Whether a statement of freshness is missing, where that stops effects.
    var isStale = false
  }

  private let state = Mutex(State())
  private let isClosed = Atomic(false)

  /// A gate that lets everything pass.
  package init() {}

  /// Emergencies suspend this from now on.
  package func apply(_ suspension: Suspension) { change { $0.emergencies = suspension } }

  /// Whether whatever has effects is refused because what is in force wasn't confirmed in time.
  package func apply(isStale: Bool) { change { $0.isStale = isStale } }

  private func change(_ body: (inout State) -> Void) {
    state.withLock { state in
      body(&state)
      isClosed.store(state.isStale || !state.emergencies.isEmpty, ordering: .releasing)
    }
  }

  /// Why a decision at `point` is refused now; nil when it isn't. O(1).
  package func refusal(_ point: String, hasEffects: Bool) -> String? {
    if !isClosed.load(ordering: .acquiring) { return nil }
    return state.withLock { state in
      if state.emergencies.points.contains(ExactText(point)) { return "an emergency suspends '\(point)'" }
      if !hasEffects { return nil }
      if state.emergencies.isEverything { return "an emergency suspends whatever has effects" }
      return state.isStale ? "nobody confirmed the rules in force in time, so nothing with effects is decided" : nil
    }
  }
}
