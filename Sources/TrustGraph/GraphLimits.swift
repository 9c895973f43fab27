internal import Core

/// The limits on one measurement, one file and one graph.
package enum GraphLimits {
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
  /// The most rows of other hosts' changes that are read at once.
  package static let changesAtOnce = 10_000
  /// The most rounds of one PageRank.
  package static let rounds = 10_000
}

/// The scale of trust and strength.
package enum TrustScale {
  /// The range of every trust and strength.
  package static let range = GraphQuery.trust.range
  /// The trust assumed for a pair without a recorded one, unless the caller names another.
  package static let unrecorded = GraphQuery.trust.unrecorded
}
