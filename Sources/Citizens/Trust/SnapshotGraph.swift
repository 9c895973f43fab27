package import Core
package import Decisions
package import TrustGraph

/// `host.graph` on one snapshot.
package struct SnapshotGraph: GraphPort {
  /// What is answered from.
  package let snapshot: TrustSnapshot

  /// Answers from `snapshot`.
  package init(_ snapshot: TrustSnapshot) { self.snapshot = snapshot }

  /// See ``TrustSnapshot/metrics(of:_:)``; nil for a name that isn't in the graph.
  package func metrics(of citizen: String, options: JSON) throws(GraphPortError) -> JSON? {
    guard snapshot.node(of: citizen) != nil else { return nil }
    do throws(GraphError) {
      return try snapshot.metrics(of: citizen, MetricsOptions(options)).json
    } catch {
      throw GraphPortError(message: error.message)
    }
  }

  /// See ``TrustSnapshot/nullModel(of:_:)``; nil for a name that isn't in the graph.
  package func nullModel(of citizen: String, options: JSON) throws(GraphPortError) -> JSON? {
    guard snapshot.node(of: citizen) != nil else { return nil }
    do throws(GraphError) {
      return try snapshot.nullModel(of: citizen, NullModelOptions(options)).json
    } catch {
      throw GraphPortError(message: error.message)
    }
  }

  /// See ``TrustSnapshot/network(neutral:)``; `options` must name the neutral trust.
  package func network(options: JSON) throws(GraphPortError) -> JSON {
    guard let neutral = options["neutral"]?.number else {
      throw GraphPortError(message: "the options must name the 'neutral' trust")
    }
    return snapshot.network(neutral: neutral)
  }
}
