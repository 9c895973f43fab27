internal import Synchronization

/// Runs asynchronous work one after the other, in the order in which it comes.
package final class SerialQueue: Sendable {
  private struct State {
    /// The work that came last: the next one waits for it.
    var last: Task<Void, Never>?
    var waiting = 0
  }

  private let state = Mutex(State())

  /// A queue with nothing in it.
  package init() {}

  /// How much waits or runs.
  package var waiting: Int { state.withLock { $0.waiting } }

  /// Runs `body` when everything before it has ended, and returns or throws what it does. Cancelling the caller doesn't
  /// cancel the work.
  package func run<Value: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    try await finish(state.withLock { Self.enter(body, &$0) })
  }

  /// As above, unless `limit` wait or run already: then nothing is run, and the answer is nil.
  package func run<Value: Sendable, Failure: Error>(
    limit: Int, _ body: @escaping @Sendable () async throws(Failure) -> Value
  ) async throws(Failure) -> Value? {
    let task = state.withLock { $0.waiting >= limit ? nil : Self.enter(body, &$0) }
    guard let task else { return nil }
    return try await finish(task)
  }

  private static func enter<Value: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () async throws(Failure) -> Value, _ state: inout State
  ) -> Task<Result<Value, Failure>, Never> {
    state.waiting += 1
    let before = state.last
    let task = Task { () async -> Result<Value, Failure> in
      await before?.value
      do throws(Failure) {
        return .success(try await body())
      } catch {
        return .failure(error)
      }
    }
    state.last = Task { _ = await task.value }
    return task
  }

  private func finish<Value: Sendable, Failure: Error>(
    _ task: Task<Result<Value, Failure>, Never>
  ) async throws(Failure) -> Value {
    let result = await task.value
    state.withLock { $0.waiting -= 1 }
    return try result.get()
  }
}
