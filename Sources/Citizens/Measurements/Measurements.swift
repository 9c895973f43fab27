package import Core
package import Decisions

/// Measures citizens by the rulebook that serves, over the graph as it is.
package final class Measurements: CitizenMeasurements {
  /// The decision that measures.
  package static let point = "consciousness.measure"

  /// The word by which the rule refuses a name that is nowhere in the graph, as its plugin says it.
  private static let unknownCitizen = "unknown_citizen"

  private let decisions: any Decisions

  /// Measures by `decisions`, whose host calls `host.graph` the graph answers.
  package init(_ decisions: any Decisions) { self.decisions = decisions }

  /// Measures a citizen now: an object with `level`, `ready` and the parts they are made of; nil for a name that is
  /// nowhere in the trust graph. O(links of the layers reached + window³), and the rule.
  package func measure(_ citizen: String) async throws(DecisionFailure) -> JSON? {
    do throws(DecisionFailure) {
      return try await decisions.decide(Question(Self.point, .value(["citizen": .string(citizen)]))).result()
    } catch {
      if error.reason == Self.unknownCitizen { return nil }
      throw error
    }
  }

  /// The measurement; nil for a name that is nowhere in the graph, and when the rulebook can't measure.
  package func measurement(of citizen: String) async -> JSON? { try? await measure(citizen) }
}
