internal import Dispatch
internal import Synchronization

/// Threads for work that waits for the disk or another process: neither an event loop nor the cooperative pool may
/// wait for that. What comes while all of them are busy waits in order.
package final class BlockingPool: Sendable {
  private struct State {
    var waiting: [@Sendable () -> Void] = []
    var running = 0
  }

  /// The pool of the process: four threads, as many as one disk serves well.
  package static let shared = BlockingPool(threads: 4)

  private let threads: Int
  private let queue = DispatchQueue(label: "cascade.blocking", qos: .userInitiated, attributes: .concurrent)
  private let state = Mutex(State())

  /// A pool that runs at most `threads` works at a time.
  package init(threads: Int) { self.threads = threads }

  /// Runs `body` on one of the threads and returns what it returns, or throws what it throws.
  package func run<Value: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
      enter { continuation.resume(returning: Result { () throws(Failure) in try body() }) }
    }
    return try result.get()
  }

  private func enter(_ work: @escaping @Sendable () -> Void) {
    let starts = state.withLock { state in
      state.waiting.append(work)
      if state.running >= threads { return false }
      state.running += 1
      return true
    }
    if starts { queue.async { self.drain() } }
  }

  private func drain() {
    while let work = next() { work() }
  }

  private func next() -> (@Sendable () -> Void)? {
    state.withLock { state in
      if state.waiting.isEmpty {
        state.running -= 1
        return nil
      }
      return state.waiting.removeFirst()
    }
  }
}
