package import Core

/// Where `host.ledger.balance` looks. Answered at once, from memory.
package protocol BalancePort: Sendable {
  /// What an account has available; nil when there is none.
  func balance(of account: AccountName) -> Amount?
}

/// Where `host.graph` looks. Answered at once, on one snapshot.
package protocol GraphPort: Sendable {
  /// What the trust graph says about a citizen; nil when it doesn't know the name. Throws what is wrong with the
  /// options.
  func metrics(of citizen: String, options: JSON) throws(GraphPortError) -> JSON?
  /// A citizen's triangles against rewired graphs; nil when the name isn't known.
  func nullModel(of citizen: String, options: JSON) throws(GraphPortError) -> JSON?
  /// What the trust graph says about everybody.
  func network(options: JSON) throws(GraphPortError) -> JSON
  /// The same on the snapshot of this moment, whatever changes later: what one decision asks.
  func pinned() -> any GraphPort
}

extension GraphPort {
  /// A graph that never changes is pinned already.
  package func pinned() -> any GraphPort { self }
}

/// Why the graph gives no answer.
package struct GraphPortError: Error, Sendable {
  /// What is wrong, and what to do.
  package var message: String

  /// An error with this message.
  package init(message: String) { self.message = message }
}

/// A host without accounts and without a graph.
package struct EmptyHost: BalancePort, GraphPort {
  /// An empty host.
  package init() {}
  /// No account is known.
  package func balance(of account: AccountName) -> Amount? { nil }
  /// No citizen is known.
  package func metrics(of citizen: String, options: JSON) throws(GraphPortError) -> JSON? { nil }
  /// No citizen is known.
  package func nullModel(of citizen: String, options: JSON) throws(GraphPortError) -> JSON? { nil }
  /// Nothing at all.
  package func network(options: JSON) throws(GraphPortError) -> JSON { ["nodes": 0, "edges": 0] }
}
