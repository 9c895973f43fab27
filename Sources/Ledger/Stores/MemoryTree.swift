/// The tree over a ledger's entries in memory.
package struct MemoryTree: Sendable {
  private var frontier = MerkleFrontier()
  /// What each entry completed, by its place.
  private var completed: [[UInt8]] = []

  /// The tree over no entries.
  package init() {}

  /// Adds the entry that comes next. O(size), and O(log n) at most for the tree.
  package mutating func append(_ stored: StoredEntry) {
    completed.append(frontier.append(MerkleTree.leaf(stored.canonicalBytes)))
  }

  /// See ``LedgerReading/treeNodes(completedBy:)``.
  package func nodes(completedBy sequences: [Int64]) -> [Int64: [UInt8]] {
    var found: [Int64: [UInt8]] = [:]
    for sequence in sequences where completed.indices.contains(Int(sequence) - 1) {
      let nodes = completed[Int(sequence) - 1]
      if !nodes.isEmpty { found[sequence] = nodes }
    }
    return found
  }
}
