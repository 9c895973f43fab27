package import Core

/// Shows that a tree has a leaf, to whoever knows the tree's size and root (RFC 9162, section 2.1.3).
package struct InclusionProof: Sendable, Equatable {
  /// The leaf's place, from 0.
  package var index: Int64
  /// How many leaves the tree has.
  package var size: Int64
  /// The nodes beside the way from the leaf to the root, the lowest first; 32 bytes each.
  package var hashes: [[UInt8]]

  /// A proof of these parts.
  package init(index: Int64, size: Int64, hashes: [[UInt8]]) {
    self.index = index
    self.size = size
    self.hashes = hashes
  }

  /// The root that follows from the leaf's hash; nil when there is no such leaf, or these are not the nodes beside its
  /// way. O(log size).
  package func root(of leaf: [UInt8]) -> [UInt8]? {
    let path = MerkleTree.path(of: index, in: size)
    guard index >= 0, index < size, path.count == hashes.count else { return nil }
    return zip(path, hashes).reduce(leaf) { hash, step in
      step.0.start > index ? MerkleTree.node(hash, step.1) : MerkleTree.node(step.1, hash)
    }
  }
}

extension LedgerReading {
  /// The root of the tree over the first `size` entries, which must be there. O(log size). Throws `corrupt` when the
  /// tree lacks something.
  package func treeRoot(of size: Int64) async throws(StoreError) -> [UInt8] {
    try await hashes(of: [MerkleTree.Span(start: 0, count: size)])[0]
  }

  /// The proof that the entry of this sequence is in the tree over the first `size` entries, and that tree's root; nil
  /// when there is no such entry. O(log size). Throws `corrupt` when one doesn't follow from the other.
  package func proof(
    of sequence: Int64, in size: Int64
  ) async throws(StoreError) -> (proof: InclusionProof, root: [UInt8])? {
    guard sequence >= 1, sequence <= size else { return nil }
    let index = sequence - 1
    let whole = MerkleTree.Span(start: 0, count: size)
    let leaf = MerkleTree.Span(start: index, count: 1)
    let hashes = try await hashes(of: [whole, leaf] + MerkleTree.path(of: index, in: size))
    let proof = InclusionProof(index: index, size: size, hashes: Array(hashes.dropFirst(2)))
    guard proof.root(of: hashes[1]) == hashes[0] else {
      throw StoreError(
        .corrupt, "entry \(sequence) isn't the one in the tree over the entries; run 'cascade ledger verify'")
    }
    return (proof, hashes[0])
  }

  /// The hash of each node, made of what is kept.
  private func hashes(of spans: [MerkleTree.Span]) async throws(StoreError) -> [[UInt8]] {
    let places = spans.flatMap(\.places)
    let kept = try await treeNodes(completedBy: places.filter { $0.level > 0 }.map(\.sequence))
    var found: [MerkleTree.Place: [UInt8]] = [:]
    for place in Set(places) {
      found[place] = place.level == 0 ? try await leaf(place.sequence) : kept[place.sequence]?.node(at: place.level)
    }
    var hashes: [[UInt8]] = []
    for span in spans {
      let nodes = span.places.compactMap { found[$0] }
      guard nodes.count == span.places.count else {
        throw StoreError(
          .corrupt,
          "the tree over the ledger's entries isn't whole: a host of this version builds it when it starts, and "
            + "'cascade ledger verify' says what is wrong otherwise")
      }
      hashes.append(MerkleTree.root(over: nodes))
    }
    return hashes
  }

  private func leaf(_ sequence: Int64) async throws(StoreError) -> [UInt8]? {
    guard let row = try await rows(after: sequence - 1, limit: 1).first, row.sequence == sequence else { return nil }
    return MerkleTree.leaf(row.canonicalBytes)
  }
}

extension [UInt8] {
  /// The node at `level`, from 1, of those that an entry completes; nil when it completes none so high. O(1).
  package func node(at level: Int) -> [UInt8]? {
    count >= 32 * level ? Array(self[32 * (level - 1)..<32 * level]) : nil
  }
}
