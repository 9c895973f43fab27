internal import Core
internal import Ledger

extension ConformanceCase {
  static let tree = [
    ConformanceCase("an empty ledger has the root of an empty tree, and proves nothing") { store, _ in
      try same(try await store.treeRoot(of: 0), MerkleTree.emptyRoot)
      try same(try await store.proof(of: 1, in: 0)?.root, nil)
      try same(try await store.treeNodes(completedBy: [0, 1, 2]).count, 0)
    },
    ConformanceCase("at every size each entry is proved to be in the tree over the entries") { store, _ in
      try await store.fund("alice", 1_000)
      // Some of them in one commit, others alone, and what is refused or was there adds nothing.
      _ = try await store.send(
        .posted(id(1), from: account("alice"), to: account("bob"), ducats(1)),
        .posted(id(2), from: account("alice"), to: account("bob"), ducats(2)),
        .posted(id(3), from: account("nobody"), to: account("bob"), ducats(3)),
        .pending(id(4), from: account("alice"), to: account("bob"), ducats(4)))
      _ = try await store.send(.posted(id(1), from: account("alice"), to: account("bob"), ducats(1)))
      _ = try await store.commit([], record: record(50))
      for number in UInt64(10)..<20 {
        _ = try await store.send(.posted(id(number), from: account("alice"), to: account("bob"), ducats(1)))
      }
      let rows = try await store.rows(after: 0, limit: 100)
      try same(rows.count, 15)
      var tree = MerkleFrontier()
      for row in rows {
        let completed = tree.append(MerkleTree.leaf(row.canonicalBytes))
        let kept = try await store.treeNodes(completedBy: [row.sequence])[row.sequence]
        try same(kept ?? [], completed)
        try same(try await store.treeRoot(of: row.sequence), tree.root)
        for earlier in rows.prefix(Int(row.sequence)) {
          let (proof, root) = try required(try await store.proof(of: earlier.sequence, in: row.sequence))
          try same(root, tree.root)
          try same(proof.index, earlier.sequence - 1)
          try same(proof.root(of: MerkleTree.leaf(earlier.canonicalBytes)), tree.root)
        }
        try same(try await store.proof(of: row.sequence + 1, in: row.sequence)?.root, nil)
      }
      try same(try await store.verify(against: nil).problem, nil)
    },
  ]
}
