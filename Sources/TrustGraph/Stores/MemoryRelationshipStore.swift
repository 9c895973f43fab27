internal import Core
internal import Synchronization

/// A store in memory; its content ends with it.
package final class MemoryRelationshipStore: RelationshipStore {
  fileprivate struct State {
    var version = 1
    var citizens: [String] = []
    var nodes: [ExactText: Int] = [:]
    var relationships: [Relationship] = []
    var places: [SIMD2<Int>: Int] = [:]
    var marks: [String: String] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  /// See ``RelationshipStore/load()``.
  package func load() throws(GraphError) -> StoredGraph {
    state.withLock {
      StoredGraph(version: $0.version, citizens: $0.citizens, relationships: $0.relationships, marks: $0.marks)
    }
  }

  /// See ``RelationshipStore/save(_:)``.
  package func save(_ change: SnapshotChange) throws(GraphError) {
    let outcome = state.withLock { state -> Result<Void, GraphError> in
      do throws(GraphError) {
        try state.check(change)
      } catch {
        return .failure(error)
      }
      state.apply(change)
      return .success(())
    }
    try outcome.get()
  }

  package func close() {}
}

extension MemoryRelationshipStore.State {
  /// Throws `conflict` unless the change follows the stored version; changes nothing.
  fileprivate func check(_ change: SnapshotChange) throws(GraphError) {
    try change.checkTexts()
    if version != change.from { throw GraphError.conflict(stored: version, expected: change.from) }
    var added: Set<ExactText> = []
    for name in change.citizens {
      guard nodes[ExactText(name)] == nil, added.insert(ExactText(name)).inserted else {
        throw GraphError(.storage, "the citizen '\(name)' is stored already")
      }
    }
    for relationship in change.relationships {
      let pair = [relationship.citizen1, relationship.citizen2].map(ExactText.init)
      guard pair[0] != pair[1], pair.allSatisfy({ nodes[$0] != nil || added.contains($0) }) else {
        throw GraphError(.storage, "a relationship of one who is no citizen can't be stored")
      }
    }
  }

  /// Applies a checked change. O(change).
  fileprivate mutating func apply(_ change: SnapshotChange) {
    version = change.to
    marks.merge(change.marks) { $1 }
    for name in change.citizens {
      nodes[ExactText(name)] = citizens.count
      citizens.append(name)
    }
    for relationship in change.relationships {
      guard let first = nodes[ExactText(relationship.citizen1)],
        let second = nodes[ExactText(relationship.citizen2)]
      else { continue }
      let pair = SIMD2(min(first, second), max(first, second))
      if let place = places[pair] {
        relationships[place] = relationship
      } else {
        places[pair] = relationships.count
        relationships.append(relationship)
      }
    }
  }
}

extension GraphError {
  /// The error for a change that doesn't follow the stored version.
  package static func conflict(stored: Int, expected: Int) -> GraphError {
    GraphError(
      .conflict,
      "version \(stored) of the graph is stored and not \(expected): another process writes it; stop that one")
  }
}
