package import Core

/// Where `host.ledger.balance` looks. Answered at once, from memory.
package protocol BalancePort: Sendable {
  /// What an account has available; nil when there is none.
  func balance(of account: AccountName) -> Amount?
}

/// Where `host.graph` looks. Answered at once, on one snapshot.
package protocol GraphPort: Sendable {
  /// What the graph answers; nil when it doesn't know the citizen. Throws when the question is too much for it.
  func answer(_ query: GraphQuery) throws(HostCallProblem) -> JSON?
  /// The same on the snapshot of this moment, whatever changes later: what one decision asks.
  func pinned() -> any GraphPort
}

extension GraphPort {
  /// A graph that never changes is pinned already.
  package func pinned() -> any GraphPort { self }
}

/// A host without accounts and without a graph.
package struct EmptyHost: BalancePort, GraphPort {
  package init() {}
  /// No account is known.
  package func balance(of account: AccountName) -> Amount? { nil }
  /// No citizen is known, and everybody is nobody.
  package func answer(_ query: GraphQuery) throws(HostCallProblem) -> JSON? {
    if case .network = query { return ["nodes": 0, "edges": 0] }
    return nil
  }
}
