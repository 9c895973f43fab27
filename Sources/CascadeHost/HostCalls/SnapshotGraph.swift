package import Core
internal import Synchronization
package import TrustGraph

/// `host.graph` on a snapshot that can be replaced as a whole; an answer is from one snapshot.
package final class SnapshotGraph: GraphPort {
  private let current: Mutex<TrustSnapshot>

  /// Answers from `snapshot`.
  package init(_ snapshot: TrustSnapshot) { current = Mutex(snapshot) }

  /// What is answered from now.
  package var snapshot: TrustSnapshot { current.withLock { $0 } }

  /// Answers from another snapshot from now on.
  package func replace(with snapshot: TrustSnapshot) { current.withLock { $0 = snapshot } }

  /// See ``TrustSnapshot/metrics(of:_:)``; nil for a name that isn't in the graph.
  package func metrics(of citizen: String, options: JSON) throws(GraphPortError) -> JSON? {
    try answer { snapshot throws(GraphError) in
      guard snapshot.node(of: citizen) != nil else { return nil }
      return try snapshot.metrics(of: citizen, MetricsOptions(options)).json
    }
  }

  /// See ``TrustSnapshot/nullModel(of:_:)``; nil for a name that isn't in the graph.
  package func nullModel(of citizen: String, options: JSON) throws(GraphPortError) -> JSON? {
    try answer { snapshot throws(GraphError) in
      guard snapshot.node(of: citizen) != nil else { return nil }
      return try snapshot.nullModel(of: citizen, NullModelOptions(options)).json
    }
  }

  /// See ``TrustSnapshot/network(neutral:)``; `options` must name the neutral trust.
  package func network(options: JSON) throws(GraphPortError) -> JSON {
    guard let neutral = options["neutral"]?.number else {
      throw GraphPortError(message: "the options must name the 'neutral' trust")
    }
    return snapshot.network(neutral: neutral)
  }

  private func answer(
    _ ask: (TrustSnapshot) throws(GraphError) -> JSON?
  ) throws(GraphPortError) -> JSON? {
    do throws(GraphError) {
      return try ask(snapshot)
    } catch {
      throw GraphPortError(message: error.message)
    }
  }
}
