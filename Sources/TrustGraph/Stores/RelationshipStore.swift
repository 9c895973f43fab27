/// What a store holds: everything a snapshot is made from.
package struct StoredGraph: Sendable {
  /// The version of the snapshot that was stored last; 1, that of the empty snapshot, before anything was stored.
  package var version: Int
  /// Every username, in the order of the nodes.
  package var citizens: [String]
  /// Every relationship once.
  package var relationships: [Relationship]
  /// What else is to be known of the graph, by name.
  package var marks: [String: String]

  /// A graph of these.
  package init(version: Int, citizens: [String], relationships: [Relationship], marks: [String: String] = [:]) {
    self.version = version
    self.citizens = citizens
    self.relationships = relationships
    self.marks = marks
  }

  /// The snapshot, with the nodes and the version it was stored with. O(m log m + m·√m).
  package var snapshot: TrustSnapshot {
    TrustSnapshot(relationships, citizens: citizens, version: version)
  }
}

/// What one snapshot has that the one before it had not.
package struct SnapshotChange: Sendable, Equatable {
  /// The version of the snapshot before.
  package var from: Int
  /// The version of the new one.
  package var to: Int
  /// Usernames that are new, in the order of their nodes, which follow those before.
  package var citizens: [String]
  /// Relationships as they are in the new one, each pair once.
  package var relationships: [Relationship]
  /// Marks that are set with it, see ``StoredGraph/marks``.
  package var marks: [String: String]

  /// A change of these; one of nothing but marks has the same version on both sides.
  package init(
    from: Int, to: Int, citizens: [String] = [], relationships: [Relationship] = [], marks: [String: String] = [:]
  ) {
    self.from = from
    self.to = to
    self.citizens = citizens
    self.relationships = relationships
    self.marks = marks
  }
}

extension TrustSnapshot {
  /// What this snapshot has that `before` had not, when it was made from that one by `rows`; nil when that is nothing.
  /// O(rows · log degree).
  package func change(since before: TrustSnapshot, by rows: [Relationship]) -> SnapshotChange? {
    var seen: Set<SIMD2<Int>> = []
    let changed = rows.compactMap { row -> Relationship? in
      guard let first = node(of: row.citizen1), let second = node(of: row.citizen2), first != second,
        seen.insert(SIMD2(min(first, second), max(first, second))).inserted,
        let now = relationship(row.citizen1, row.citizen2), now != before.relationship(row.citizen1, row.citizen2)
      else { return nil }
      return now
    }
    let citizens = (before.nodeCount..<nodeCount).map(name(of:))
    if changed.isEmpty && citizens.isEmpty { return nil }
    return SnapshotChange(from: before.version, to: version, citizens: citizens, relationships: changed)
  }
}

/// Keeps relationships over the end of the process.
///
/// Everything blocks: ask from a thread that may wait. A store has one writer; a change that doesn't follow the stored
/// version is refused, so that a second writer can't overwrite what it never saw.
package protocol RelationshipStore: Sendable {
  /// Everything that is stored. Throws `storage` when it can't be read. O(n + m).
  func load() throws(GraphError) -> StoredGraph
  /// Stores a change as a whole or not at all; durable when it returns. Throws `conflict` when another version than
  /// `change.from` is stored, `storage` when it can't be written. O(change · log m).
  func save(_ change: SnapshotChange) throws(GraphError)
  /// Lets go of what it holds; nothing may be asked afterwards.
  func close()
}
