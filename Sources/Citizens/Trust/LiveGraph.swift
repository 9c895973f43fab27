package import Core
package import Decisions
internal import Platform
internal import Synchronization
package import TrustGraph

/// The trust graph of a running host: one current snapshot, and a store that has it too.
///
/// A change makes the next snapshot, stores what is new, and only then puts it in the place of the current one. Changes
/// are made one after the other; whoever asks gets the snapshot that is current, at once. What another host stored
/// meanwhile is taken in first, and the change is made again on it.
package final class LiveGraph: GraphPort {
  /// Makes relationships out of the snapshot they will be added to.
  package typealias Deriving = @Sendable (TrustSnapshot) throws(GraphError) -> [Relationship]

  private struct State {
    var snapshot: TrustSnapshot
    var marks: [String: String]
  }

  /// Who hears of every change, this host's and others', once the snapshot has it: with the snapshot before.
  package let changes = Listeners<(TrustSnapshot, SnapshotChange)>()
  private let current: Mutex<State>
  private let store: any RelationshipStore
  private let turns = SerialQueue()
  private let figures = Mutex<(version: Int, neutral: Double, network: JSON)?>(nil)

  /// How often a change is made again on what other hosts stored.
  private static let attempts = 32

  /// Goes on with what `store` holds. Throws what `store` throws. O(m log m + m·√m).
  package init(_ store: any RelationshipStore) async throws(StoreError) {
    self.store = store
    let stored = try await store.load()
    current = Mutex(State(snapshot: stored.snapshot, marks: stored.marks))
  }

  /// The snapshot of this moment.
  package var snapshot: TrustSnapshot { current.withLock { $0.snapshot } }

  /// What else is to be known of the graph, by ``GraphMark``.
  package var marks: [String: String] { current.withLock { $0.marks } }

  /// What one decision asks: the snapshot of this moment.
  package func pinned() -> any GraphPort { SnapshotGraph(snapshot) }

  /// Adds or changes relationships and returns the snapshot that has them, once it is stored; the same snapshot
  /// when nothing changes. `marks` are set in the same transaction. Throws what the store throws, and `overloaded` when
  /// too many changes wait.
  package func apply(
    _ relationships: [Relationship], rule: MergeRule = .newest, marks: [String: String] = [:]
  ) async throws(GraphError) -> TrustSnapshot {
    try await change(rule, marks: marks) { _ in relationships }
  }

  /// The same with relationships that depend on those there are: `deriving` sees the snapshot they are added to, and
  /// runs on the graph's queue; what it throws leaves everything as it was.
  package func change(
    _ rule: MergeRule, marks: [String: String] = [:], deriving: @escaping Deriving
  ) async throws(GraphError) -> TrustSnapshot {
    try await inTurn { () async throws(GraphError) in try await self.changeHere(rule, marks, deriving) }
  }

  /// Takes in what other hosts have stored since; the snapshot then. Throws what the store throws, and `overloaded`
  /// when too many changes wait. O(changes · log degree).
  @discardableResult
  package func refresh() async throws(GraphError) -> TrustSnapshot {
    try await inTurn { () async throws(GraphError) in
      do throws(StoreError) {
        return try await self.refreshHere()
      } catch {
        throw GraphError(error)
      }
    }
  }

  private func inTurn(
    _ body: @escaping @Sendable () async throws(GraphError) -> TrustSnapshot
  ) async throws(GraphError) -> TrustSnapshot {
    if let snapshot = try await turns.run(limit: GraphLimits.waitingChanges, body) { return snapshot }
    throw GraphError(.overloaded, "\(GraphLimits.waitingChanges) changes of the graph wait already; try again later")
  }

  private func refreshHere() async throws(StoreError) -> TrustSnapshot {
    while true {
      let before = snapshot
      let change = try await store.changes(after: before.version, limit: GraphLimits.changesAtOnce)
      let isNews = change.to > before.version
      let next = isNews ? before.applying(change) : before
      current.withLock { state in
        state.snapshot = next
        state.marks.merge(change.marks) { $1 }
      }
      if !isNews { return next }
      changes.tell((before, change))
    }
  }

  private func changeHere(
    _ rule: MergeRule, _ marks: [String: String], _ deriving: Deriving
  ) async throws(GraphError) -> TrustSnapshot {
    for _ in 0..<Self.attempts {
      if let changed = try await changeOnce(rule, marks, deriving) { return changed }
    }
    throw GraphError(.conflict, "other hosts change the graph all the time; try again later")
  }

  /// The snapshot with the change; nil when another host was faster, whose changes are taken in then.
  private func changeOnce(
    _ rule: MergeRule, _ marks: [String: String], _ deriving: Deriving
  ) async throws(GraphError) -> TrustSnapshot? {
    let before = snapshot
    let rows = try deriving(before)
    let next = before.applying(rows, rule: rule)
    guard next.edgeCount <= GraphLimits.relationships else {
      throw GraphError(.overloaded, "a graph has at most \(GraphLimits.relationships) relationships")
    }
    let change = next.change(since: before, by: rows)
    if change == nil && marks.isEmpty { return before }
    var stored = change ?? SnapshotChange(from: before.version, to: before.version)
    stored.marks = marks
    try stored.checkTexts()
    do throws(StoreError) {
      do throws(StoreError) {
        try await store.save(stored)
      } catch  where error.code == .conflict {
        // When nothing is new there, the same would be refused again.
        if try await refreshHere().version == before.version { throw error }
        return nil
      }
    } catch {
      throw GraphError(error)
    }
    let changed = current.withLock { state in
      if change != nil { state.snapshot = next }
      state.marks.merge(marks) { $1 }
      return state.snapshot
    }
    if let change { changes.tell((before, change)) }
    return changed
  }

  /// The whole graph in figures, see ``TrustSnapshot/network(neutral:)``; remembered until the graph changes.
  package func network(neutral: Double) -> JSON {
    let snapshot = snapshot
    if let known = figures.withLock({ $0 }), known.version == snapshot.version, known.neutral == neutral {
      return known.network
    }
    let network = snapshot.network(neutral: neutral)
    figures.withLock { $0 = (snapshot.version, neutral, network) }
    return network
  }

  /// Waits for what was begun, and closes the store.
  package func close() async {
    _ = await turns.run {}
    await store.close()
  }
}

extension LiveGraph {
  /// See ``SnapshotGraph/answer(_:)``.
  package func answer(_ query: GraphQuery) throws(HostCallProblem) -> JSON? { try pinned().answer(query) }
}
