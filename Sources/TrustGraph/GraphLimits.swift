/// The limits on one measurement, one file and one graph.
package enum GraphLimits {
  /// The most nodes of a window; the search inside is over pairs and triples of nodes.
  package static let windowNodes = 256
  /// The most rewired graphs of one null model.
  package static let samples = 10_000
  /// The most attempted swaps for each edge of a rewired graph.
  package static let swapsPerEdge = 100
  /// The most attempted swaps of one null model, which must end within a decision's deadline.
  package static let swaps = 4_000_000
  /// The most relationships of one table and of one graph; a graph of that size needs about 2 GB of memory.
  package static let relationships = 16_000_000
  /// The most bytes of one row of a table.
  package static let recordBytes = 64 << 10
  /// The most bytes of a username.
  package static let nameBytes = 256
  /// The most bytes of a date as its source writes it.
  package static let momentBytes = 64
  /// The most changes that wait for their turn.
  package static let waitingChanges = 1024
  /// The most rounds of one PageRank.
  package static let rounds = 10_000
}

/// The scale of trust and strength.
package enum TrustScale {
  /// The range of every trust and strength.
  package static let range = 0.0...100.0
  /// The trust assumed for a pair without a recorded one, unless the caller names another.
  package static let unrecorded = 50.0
}
