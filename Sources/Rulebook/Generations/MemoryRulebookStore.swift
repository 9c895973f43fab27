package import Core
internal import Synchronization

/// Rulebooks that end with the process.
package final class MemoryRulebookStore: RulebookStore {
  private struct State {
    var snapshots: [String: RulebookSnapshot] = [:]
    var current: RulebookActivation?
    var last = 0
  }

  private let state = Mutex(State())

  /// A store that holds no rulebook.
  package init() {}

  /// See ``RulebookStore/stage(_:)``.
  package func stage(_ snapshot: RulebookSnapshot) async throws(StoreError) -> Int {
    state.withLock { state in
      state.snapshots[snapshot.digest] = snapshot
      state.last += 1
      return state.last
    }
  }

  /// See ``RulebookStore/snapshot(_:)``.
  package func snapshot(_ digest: String) async throws(StoreError) -> RulebookSnapshot? {
    state.withLock { $0.snapshots[digest] }
  }

  /// See ``RulebookStore/activate(_:)``.
  package func activate(_ activation: RulebookActivation) async throws(StoreError) {
    let isDone = state.withLock { state in
      guard state.snapshots[activation.digest] != nil, activation.number <= state.last,
        activation.number > state.current?.number ?? 0
      else { return false }
      state.current = activation
      return true
    }
    if !isDone { throw .notStaged(activation) }
  }

  /// See ``RulebookStore/current()``.
  package func current() async throws(StoreError) -> RulebookActivation? { state.withLock { $0.current } }
}
