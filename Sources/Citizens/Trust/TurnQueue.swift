internal import Synchronization

/// Asynchronous work that is done one piece after the other, in the order it came.
final class TurnQueue: Sendable {
  /// The last piece that was begun: the next one waits for it.
  private let tail = Mutex<Task<Void, Never>?>(nil)
  private let waiting = Atomic(0)
  private let limit: Int

  /// A queue in which at most `limit` pieces wait or run.
  init(limit: Int) { self.limit = limit }

  /// What `body` gives when every piece before it is done; nil, and nothing done, when as many wait as may.
  func run<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Value? {
    defer { waiting.subtract(1, ordering: .relaxed) }
    guard waiting.add(1, ordering: .relaxed).newValue <= limit else { return nil }
    let task: Task<Value, Never> = tail.withLock { tail in
      let before = tail
      let task = Task { () async -> Value in
        await before?.value
        return await body()
      }
      tail = Task { _ = await task.value }
      return task
    }
    return await task.value
  }
}
