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

  /// The history of this host's logs: another one after a backup was restored.
  package let epoch: UInt64
  /// Which decisions without effects leave a record, as `--records` has it.
  package let records: String
  /// The bounds of readers and events.
  package let limits: StreamLimits
  /// Where readers are served.
  package let threads: StreamThreads
  let tails: [StreamTail]
  private let state = Mutex(State())
  private let listeners = Atomic(0)

  /// A hub of these logs.
  package init(
    epoch: UInt64, records: String, logs: [any StreamLog], limits: StreamLimits = StreamLimits(),
    threads: StreamThreads = StreamThreads()
  ) {
    self.epoch = epoch
    self.records = records
    self.limits = limits
    self.threads = threads
    tails = logs.map { StreamTail($0, limits, threads) }
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
