internal import ServiceLifecycle
internal import Synchronization

/// What all readers of the stream share: the ends of the logs, what nobody keeps, who reads, and the news that there is
/// more.
///
/// While nobody reads, news costs one look at a number.
package final class StreamHub: Sendable {
  private struct State {
    var readers: [String: Int] = [:]
    var count = 0
    var unkept: [(sequence: UInt64, event: StreamEvent)] = []
    var unkeptSequence: UInt64 = 0
    var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    var tickets = 0
    var news: UInt64 = 0
    var isStopping = false
  }

  /// The history of the logs: another one after a backup was restored.
  package let epoch: UInt64
  /// Which decisions without effects leave a record, as `--records` has it.
  package let records: String
  /// The bounds of readers and events.
  package let limits: StreamLimits
  /// Where readers are served.
  package let threads: StreamThreads
  /// The logs that hosts share; nil for a host by itself.
  private let shared: StoredStreamLogs?
  private let followed: Mutex<[StreamTail]>
  private let state = Mutex(State())
  private let listeners = Atomic(0)

  /// A hub of these logs, and of those of all hosts where they are `shared`: more of these may come.
  package init(
    epoch: UInt64, records: String, logs: [any StreamLog], shared: StoredStreamLogs? = nil,
    limits: StreamLimits = StreamLimits(), threads: StreamThreads = StreamThreads()
  ) {
    self.epoch = epoch
    self.records = records
    self.limits = limits
    self.threads = threads
    self.shared = shared
    followed = Mutex(logs.map { StreamTail($0, limits, threads) })
  }

  /// The logs by now, in the order in which they came.
  var tails: [StreamTail] { followed.withLock(\.self) }

  /// Whether hosts share the logs, so that a reader may have been at another one before.
  var isShared: Bool { shared != nil }

  /// Looks for what all hosts have by now. Throws when their store can't be asked. O(logs).
  package func look() async throws { try await shared?.look(for: self) }

  /// Follows those of `logs` that aren't known by their names. Who reads already gets what they keep from the
  /// beginning.
  func add(_ logs: [any StreamLog]) {
    let isNew = followed.withLock { tails in
      let names = Set(tails.map(\.log.name))
      let new = logs.filter { !names.contains($0.name) }
      tails += new.map { StreamTail($0, limits, threads) }
      return !new.isEmpty
    }
    if isNew { notify() }
  }

  /// Whether somebody reads. O(1), without a lock.
  package var hasReaders: Bool { listeners.load(ordering: .relaxed) > 0 }

  /// A log has more. Never waits; O(1) while nobody reads.
  package func notify() {
    if !hasReaders { return }
    wake { $0.news += 1 }
  }

  /// Tells readers what no log keeps. Never waits.
  package func publish(_ event: StreamEvent) {
    if !hasReaders { return }
    wake { state in
      state.unkeptSequence += 1
      state.news += 1
      state.unkept.append((state.unkeptSequence, event))
      if state.unkept.count > limits.unkeptEvents { state.unkept.removeFirst() }
    }
  }

  /// Lets readers look at their clocks each second, until the host stops.
  package func run() async {
    await withGracefulShutdownHandler {
      while !Task.isCancelled, !isStopping {
        try? await Task.sleep(for: .seconds(1))
        wake { _ in }
      }
    } onGracefulShutdown: {
      self.beginStop()
    }
  }

  /// Readers are told to come again, and end.
  package func beginStop() { wake { $0.isStopping = true } }

  /// Whether the host stops.
  package var isStopping: Bool { state.withLock { $0.isStopping } }

  /// A place for one more reader; false when there is none.
  func enter(_ subject: String) -> Bool {
    let isIn = state.withLock { state in
      let own = state.readers[subject, default: 0]
      guard state.count < limits.readers, own < limits.readersPerSubject, !state.isStopping else { return false }
      state.count += 1
      state.readers[subject] = own + 1
      return true
    }
    if isIn { listeners.add(1, ordering: .relaxed) }
    return isIn
  }

  /// The reader's place is free again.
  func leave(_ subject: String) {
    listeners.subtract(1, ordering: .relaxed)
    state.withLock { state in
      state.count -= 1
      state.readers[subject, default: 1] -= 1
      if state.readers[subject] == 0 { state.readers[subject] = nil }
    }
  }

  /// How much news there was, and the last of what no log keeps.
  var mark: (news: UInt64, unkept: UInt64) { state.withLock { ($0.news, $0.unkeptSequence) } }

  /// What no log keeps, after `sequence`; `isWhole` is false when some of it is gone.
  func unkept(after sequence: UInt64) -> (events: [StreamEvent], last: UInt64, isWhole: Bool) {
    state.withLock { state in
      let events = state.unkept.filter { $0.sequence > sequence }
      let missing = state.unkeptSequence - sequence - UInt64(events.count)
      return (events.map(\.event), state.unkeptSequence, missing == 0)
    }
  }

  /// Returns when there was more news than `news`, a second has passed, or the task is cancelled.
  func wait(after news: UInt64) async {
    let ticket = state.withLock { state in
      state.tickets += 1
      return state.tickets
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isNow = state.withLock { state in
          if state.news > news || state.isStopping || Task.isCancelled { return true }
          state.waiting[ticket] = continuation
          return false
        }
        if isNow { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume()
    }
  }

  private func wake(_ change: (inout State) -> Void) {
    let waiting = state.withLock { state in
      change(&state)
      defer { state.waiting = [:] }
      return state.waiting.values
    }
    for continuation in waiting { continuation.resume() }
  }
}
