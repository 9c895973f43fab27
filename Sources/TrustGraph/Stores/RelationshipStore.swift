package import Core

/// The content of a store: everything that makes up a snapshot.
package struct StoredGraph: Sendable {
  /// The version of the last stored snapshot; 1, the empty snapshot's, before the first.
  package var version: Int
  /// All usernames, in the order of the nodes.
  package var citizens: [String]
  /// All relationships, once each.
  package var relationships: [Relationship]
  /// Further facts about the graph, by name.
  package var marks: [String: String]

  package init(version: Int, citizens: [String], relationships: [Relationship], marks: [String: String] = [:]) {
    self.version = version
    self.citizens = citizens
    self.relationships = relationships
    self.marks = marks
  }

  /// The snapshot with its stored nodes and version. O(m log m + m·√m).
  package var snapshot: TrustSnapshot {
    TrustSnapshot(relationships, citizens: citizens, version: version)
  }
}

/// The difference between two consecutive snapshots.
package struct SnapshotChange: Sendable, Equatable {
  /// The version of the earlier snapshot.
  package var from: Int
  /// The version of the later snapshot.
  package var to: Int
  /// The new usernames, in the order of their nodes, which follow the existing ones.
  package var citizens: [String]
  /// The changed relationships as they are in the later snapshot, each pair once.
  package var relationships: [Relationship]
  /// The marks to set; see ``StoredGraph/marks``.
  package var marks: [String: String]

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

extension SnapshotChange {
  /// Throws `invalid_relationship` for a text with a zero byte: not every store could give it back.
  package func checkTexts() throws(GraphError) {
    if hasZeroByte { throw GraphError(.invalidRelationship, "a name or lastInteraction holds a zero byte") }
  }

  /// Whether a text of it has a zero byte. O(texts).
  package var hasZeroByte: Bool {
    citizens.contains { $0.has("\0") }
      || relationships.contains { row in
        row.citizen1.has("\0") || row.citizen2.has("\0") || row.lastInteraction.has("\0")
      }
  }
}

extension TrustSnapshot {
  /// The difference from `before` to this snapshot, which `rows` produced; nil when nothing changed. O(rows · log
  /// degree).
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

/// Keeps relationships over the end of the process. Each call is one transaction.
///
/// Several hosts may share a store: a change that doesn't follow the stored version is refused, so that nobody can
/// overwrite what they never saw, and ``changes(after:limit:)`` tells what the others changed.
package protocol RelationshipStore: Sendable {
  /// Everything that is stored: at most ``GraphLimits/relationships``. Throws when it can't be read. O(n + m).
  func load() async throws(StoreError) -> StoredGraph
  /// What the versions after `version` changed, in about `limit` rows; at least one version, when there is a later one.
  /// `to` is the version it leads to, `version` itself when none is later. It has every mark, whenever that was set.
  func changes(after version: Int, limit: Int) async throws(StoreError) -> SnapshotChange
  /// Stores a change as a whole or not at all; durable when it returns. Throws `conflict` when another version than
  /// `change.from` is stored, or a name doesn't fit, and another code when it can't be written. O(change · log m).
  func save(_ change: SnapshotChange) async throws(StoreError)
  /// Finishes what waits and lets go of what it holds; nothing may be asked afterwards.
  func close() async
}
