/// What one question may cost at most.
package enum GraphLimits {
  /// Nodes of a window; the search inside it is over pairs and triples of nodes.
  package static let windowNodes = 256
  /// Rewired graphs of one null model.
  package static let samples = 10_000
  /// Attempted swaps for each edge of a rewired graph.
  package static let swapsPerEdge = 100
  /// Attempted swaps of one null model, so that it ends within a decision's deadline.
  package static let swaps = 4_000_000
  /// Relationships of one table, and of one graph; a graph of so many takes about two gigabytes.
  package static let relationships = 16_000_000
  /// Bytes of a row of a table.
  package static let recordBytes = 64 << 10
  /// Bytes of a username.
  package static let nameBytes = 256
  /// Bytes of a moment as its source writes it.
  package static let momentBytes = 64
  /// Changes of the graph that may wait for their turn.
  package static let waitingChanges = 1024
  /// Rounds of one PageRank.
  package static let rounds = 10_000
}

/// The scale of trust and strength.
package enum TrustScale {
  /// Every trust and strength lies in here.
  package static let range = 0.0...100.0
  /// The trust of a pair that recorded none, where a caller names no other.
  package static let unrecorded = 50.0
}
