package import Core
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
    /// The version that last changed each citizen and each relationship.
    var citizenVersions: [Int] = []
    var relationshipVersions: [Int] = []
  }

  private let state = Mutex(State())

  package init() {}

  /// See ``RelationshipStore/load()``.
  package func load() async throws(StoreError) -> StoredGraph {
    state.withLock {
      StoredGraph(version: $0.version, citizens: $0.citizens, relationships: $0.relationships, marks: $0.marks)
    }
  }

  /// See ``RelationshipStore/changes(after:limit:)``. O(n + m log m).
  package func changes(after version: Int, limit: Int) async throws(StoreError) -> SnapshotChange {
    state.withLock { $0.changes(after: version, limit: limit) }
  }

  /// See ``RelationshipStore/save(_:)``.
  package func save(_ change: SnapshotChange) async throws(StoreError) {
    let outcome = state.withLock { state -> Result<Void, StoreError> in
      do throws(StoreError) {
        try state.check(change)
      } catch {
        return .failure(error)
      }
      state.apply(change)
      return .success(())
    }
    try outcome.get()
  }

  /// See ``RelationshipStore/close()``; a store in memory has nothing to let go of.
  package func close() async {}
}

extension MemoryRelationshipStore.State {
  fileprivate func changes(after known: Int, limit: Int) -> SnapshotChange {
    var change = SnapshotChange(from: known, to: known, marks: marks)
    let versions = (citizenVersions + relationshipVersions).filter { $0 > known }.sorted()
    guard let first = versions.first else { return change }
    change.to = version
    if versions.count > limit {
      let beyond = versions[limit]
      change.to = first < beyond ? beyond - 1 : beyond
    }
    let new = known + 1...change.to
    change.citizens = citizens.indices.filter { new.contains(citizenVersions[$0]) }.map { citizens[$0] }
    change.relationships = relationships.indices.filter { new.contains(relationshipVersions[$0]) }.map {
      relationships[$0]
    }
    return change
  }

  /// Throws when the change doesn't fit; nothing has changed then.
  fileprivate func check(_ change: SnapshotChange) throws(StoreError) {
    if change.hasZeroByte { throw .zeroByte }
    if version != change.from { throw .overtaken(stored: version, expected: change.from) }
    var added: Set<ExactText> = []
    for name in change.citizens {
      guard nodes[ExactText(name)] == nil, added.insert(ExactText(name)).inserted else { throw .stored(name) }
    }
    for relationship in change.relationships {
      for name in [relationship.citizen1, relationship.citizen2] {
        guard nodes[ExactText(name)] != nil || added.contains(ExactText(name)) else { throw .stranger(name) }
      }
    }
  }

  /// Applies a change that was checked. O(change).
  fileprivate mutating func apply(_ change: SnapshotChange) {
    version = change.to
    marks.merge(change.marks) { $1 }
    for name in change.citizens {
      nodes[ExactText(name)] = citizens.count
      citizens.append(name)
      citizenVersions.append(change.to)
    }
    for relationship in change.relationships {
      guard let first = nodes[ExactText(relationship.citizen1)],
        let second = nodes[ExactText(relationship.citizen2)]
      else { continue }
      let pair = SIMD2(min(first, second), max(first, second))
      if let place = places[pair] {
        relationships[place] = relationship
        relationshipVersions[place] = change.to
      } else {
        places[pair] = relationships.count
        relationships.append(relationship)
        relationshipVersions.append(change.to)
      }
    }
  }
}

extension StoreError {
  /// Another version is stored than the one a change follows.
  package static func overtaken(stored: Int, expected: Int) -> StoreError {
    StoreError(
      .conflict, "version \(stored) of the graph is stored and not \(expected): another host changed it meanwhile")
  }

  /// A text of a change has a zero byte, which not every store could give back.
  package static var zeroByte: StoreError {
    StoreError(.conflict, "a name or lastInteraction holds a zero byte")
  }

  /// A citizen who is new in a change is stored already.
  package static func stored(_ name: String) -> StoreError {
    StoreError(.conflict, "the citizen '\(name)' is stored already")
  }

  /// A relationship of a change names somebody who is no citizen.
  package static func stranger(_ name: String) -> StoreError {
    StoreError(.conflict, "a relationship of '\(name)', who is no citizen, can't be stored")
  }
}
