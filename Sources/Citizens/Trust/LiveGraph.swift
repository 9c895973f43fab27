package import Core
package import Decisions
internal import Dispatch
internal import Synchronization
package import TrustGraph

/// The trust graph of a running host: one current snapshot, and a store that has it too.
///
/// A change makes the next snapshot, stores what is new, and only then puts it in the place of the current one. Changes
/// are made one after the other on a queue of their own; whoever asks gets the snapshot that is current, at once.
package final class LiveGraph: GraphPort {
  /// Makes relationships out of the snapshot they will be added to.
  package typealias Deriving = @Sendable (TrustSnapshot) throws(GraphError) -> [Relationship]

  private struct State {
    var snapshot: TrustSnapshot
    var marks: [String: String]
  }

  private let current: Mutex<State>
  private let store: any RelationshipStore
  private let queue = DispatchQueue(label: "cascade.graph")
  private let waiting = Atomic(0)
  private let figures = Mutex<(version: Int, neutral: Double, network: JSON)?>(nil)

  /// Goes on with what `store` holds. Blocks while it is read. Throws what `store` throws. O(m log m + m·√m).
  package init(_ store: any RelationshipStore) throws(GraphError) {
    self.store = store
    let stored = try store.load()
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
    guard waiting.add(1, ordering: .relaxed).newValue <= GraphLimits.waitingChanges else {
      waiting.subtract(1, ordering: .relaxed)
      throw GraphError(.overloaded, "\(GraphLimits.waitingChanges) changes of the graph wait already; try again later")
    }
    let result: Result<TrustSnapshot, GraphError> = await withCheckedContinuation { continuation in
      queue.async {
        let result = self.changeHere(rule, marks, deriving)
        self.waiting.subtract(1, ordering: .relaxed)
        continuation.resume(returning: result)
      }
    }
    return try result.get()
  }

  private func changeHere(
    _ rule: MergeRule, _ marks: [String: String], _ deriving: Deriving
  ) -> Result<TrustSnapshot, GraphError> {
    do throws(GraphError) {
      let before = snapshot
      let rows = try deriving(before)
      let next = before.applying(rows, rule: rule)
      guard next.edgeCount <= GraphLimits.relationships else {
        throw GraphError(.overloaded, "a graph has at most \(GraphLimits.relationships) relationships")
      }
      let change = next.change(since: before, by: rows)
      if change == nil && marks.isEmpty { return .success(before) }
      var stored = change ?? SnapshotChange(from: before.version, to: before.version)
      stored.marks = marks
      try store.save(stored)
      return .success(
        current.withLock { state in
          if change != nil { state.snapshot = next }
          state.marks.merge(marks) { $1 }
          return state.snapshot
        })
    } catch {
      return .failure(error)
    }
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
    await withCheckedContinuation { continuation in
      queue.async {
        self.store.close()
        continuation.resume()
      }
    }
  }
}

extension LiveGraph {
  /// See ``SnapshotGraph/answer(_:)``.
  package func answer(_ query: GraphQuery) throws(GraphPortError) -> JSON? { try pinned().answer(query) }
}
