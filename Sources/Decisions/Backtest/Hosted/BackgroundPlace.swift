internal import Synchronization

/// The place for what a host does in the background: one piece of work at a time, until the host stops. Whoever takes
/// the place prepares the work in it, and then begins it or leaves.
final class BackgroundPlace: Sendable {
  /// Why the place can't be taken.
  enum Refusal: Error {
    case isTaken, isStopping
  }

  private struct State {
    var isTaken = false
    var isStopping = false
    var task: Task<Void, Never>?
  }

  private let executor: (any TaskExecutor)?
  private let state = Mutex(State())

  /// A free place. What doesn't wait for a thread of its own runs on `executor`.
  init(executor: (any TaskExecutor)?) { self.executor = executor }

  /// Takes the place. Throws ``Refusal``.
  func take() throws(Refusal) {
    let refusal = state.withLock { state -> Refusal? in
      if state.isStopping { return .isStopping }
      if state.isTaken { return .isTaken }
      state.isTaken = true
      return nil
    }
    if let refusal { throw refusal }
  }

  /// Leaves a taken place, in which nothing began.
  func leave() { state.withLock { $0.isTaken = false } }

  /// Begins work in a taken place, which is left when the work ends; what the work returns is run then, so that whoever
  /// is told of the end finds the place free. Work of a host that is stopping begins cancelled.
  @discardableResult
  func begin(_ work: @escaping @Sendable () async -> @Sendable () -> Void) -> Task<Void, Never> {
    // Made under the lock, so that it doesn't end before it is known.
    state.withLock { state in
      let task = Task(executorPreference: executor) {
        let tell = await work()
        self.state.withLock { $0.isTaken = false }
        tell()
      }
      state.task = task
      if state.isStopping { task.cancel() }
      return task
    }
  }

  /// Cancels what runs, waits for its end, and lets nothing begin any more.
  func stop() async {
    let task = state.withLock { state in
      state.isStopping = true
      return state.task
    }
    task?.cancel()
    await task?.value
  }
}
