package import Core
internal import LuaRuntime

/// What came of measuring a citizen.
package enum MeasurementReply: Sendable, Equatable {
  /// What the rule answered: an object with `level`, `ready` and the parts they are made of.
  case measured(JSON)
  /// The name is nowhere in the trust graph.
  case unknownCitizen(String)
  /// The rulebook that serves has no such decision; its name.
  case notOffered(String)
  /// The host can't measure now; ask again.
  case unavailable(String)
  /// The rule failed.
  case failed(FailedDecision)

  /// The level in [0, 1]; nil when nothing was measured.
  package var level: Double? {
    if case .measured(let measurement) = self { measurement["level"]?.number } else { nil }
  }
}

/// Measures citizens by the rulebook that serves, over the graph as it is.
package final class Measurements: CitizenMeasurements {
  /// The decision that measures.
  package static let point = "consciousness.measure"

  private let decisions: LaneDecisions

  /// Measures by `decisions`, whose reads answer `host.graph`.
  package init(_ decisions: LaneDecisions) { self.decisions = decisions }

  /// Measures a citizen now. O(links of the layers reached + window³), and the rule.
  package func measure(_ citizen: String) async -> MeasurementReply {
    switch await decisions.decide(Self.point, input: ["citizen": .string(citizen)]) {
    case .decided(let measurement, _, _): .measured(measurement)
    case .notOffered(let point): .notOffered(point)
    case .unavailable(let sentence): .unavailable(sentence)
    case .failed(let failed):
      // The rule's own word, as its plugin says it.
      failed.failure.reason == "unknown_citizen" ? .unknownCitizen(citizen) : .failed(failed)
    }
  }

  /// The measurement; nil for a name that is nowhere in the graph, and when the rulebook can't measure.
  package func measurement(of citizen: String) async -> JSON? {
    if case .measured(let measurement) = await measure(citizen) { measurement } else { nil }
  }
}
