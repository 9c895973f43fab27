package import Core
internal import Decisions
package import TrustGraph

/// `host.graph` on one snapshot.
package struct SnapshotGraph: GraphPort {
  /// What is answered from.
  package let snapshot: TrustSnapshot

  /// Answers every question from `snapshot`, however the graph moves on.
  package init(_ snapshot: TrustSnapshot) { self.snapshot = snapshot }

  /// See ``TrustSnapshot/metrics(of:_:)``, ``TrustSnapshot/nullModel(of:_:)`` and ``TrustSnapshot/network(neutral:)``;
  /// nil for a name that isn't in the graph.
  package func answer(_ query: GraphQuery) throws(HostCallProblem) -> JSON? {
    do throws(GraphError) {
      switch query {
      case .metrics(let citizen, let asked):
        guard snapshot.node(of: citizen) != nil else { return nil }
        return try snapshot.metrics(of: citizen, MetricsOptions(asked)).json
      case .nullModel(let citizen, let asked):
        guard snapshot.node(of: citizen) != nil else { return nil }
        return try snapshot.nullModel(of: citizen, NullModelOptions(asked)).json
      case .network(let neutral): return snapshot.network(neutral: neutral)
      }
    } catch {
      throw HostCallProblem(error.message)
    }
  }
}
