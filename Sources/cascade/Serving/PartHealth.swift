import Synchronization

/// How the parts do that work by themselves, as each said last.
final class PartHealth: Sendable {
  private struct State {
    var readsKeys = true
    var makesCheckpoints = true
    /// The size of the newest checkpoint; nil before it is known.
    var newest: Int64?
    /// When a checkpoint was made last, since the host began.
    var made: ContinuousClock.Instant?
  }

  private let state = Mutex(State())

  /// The folder of keys was read again, or couldn't be.
  func keys(areRead: Bool) { state.withLock { $0.readsKeys = areRead } }

  /// A checkpoint was made where one was due, as `isMade` says; the newest has so many entries.
  func checkpointsWork(newest: Int64?, isMade: Bool) {
    state.withLock { state in
      if isMade { state.made = .now }
      state.makesCheckpoints = true
      state.newest = newest
    }
  }

  /// A checkpoint was due and couldn't be made.
  func checkpointsFail() { state.withLock { $0.makesCheckpoints = false } }

  /// Whether the folder of keys can be read.
  var readsKeys: Bool { state.withLock { $0.readsKeys } }

  /// Whether checkpoints are made when they are due.
  var makesCheckpoints: Bool { state.withLock { $0.makesCheckpoints } }

  /// How long ago a checkpoint was made; nil when none was since the host began.
  var sinceCheckpoint: Duration? { state.withLock { $0.made?.duration(to: .now) } }

  /// How many of `entries` no checkpoint covers; nil before anybody looked.
  func entriesBehind(_ entries: Int64) -> Int64? { state.withLock { $0.newest.map { max(0, entries - $0) } } }

  /// What doesn't work and lets the host decide on, in a sentence that anybody may read; nil when all does.
  var doubt: String? {
    state.withLock { state in
      if !state.readsKeys { return "keys: the folder of keys can't be read, so those that were known count on" }
      return state.makesCheckpoints ? nil : "checkpoints: none of the ledger can be made"
    }
  }
}
