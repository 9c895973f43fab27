internal import Synchronization

/// Notices within one process.
package final class MemoryNotices: Notices {
  private struct State {
    var next = 0
    var subscribers: [NoticeTopic: [Int: AsyncStream<Void>.Continuation]] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  /// See ``Notices/tell(_:)``. O(subscribers).
  package func tell(_ topic: NoticeTopic) async {
    let subscribers = state.withLock { $0.subscribers[topic] ?? [:] }
    for subscriber in subscribers.values { subscriber.yield() }
  }

  /// See ``Notices/subscribe(_:)``.
  package func subscribe(_ topic: NoticeTopic) -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let number = state.withLock { state in
      state.next += 1
      state.subscribers[topic, default: [:]][state.next] = continuation
      return state.next
    }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { $0.subscribers[topic]?[number] = nil }
    }
    return stream
  }
}
