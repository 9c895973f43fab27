/// A timer that ticks until its task is cancelled.
struct AsyncTimer: AsyncSequence, AsyncIteratorProtocol, Sendable {
  let interval: Duration

  func makeAsyncIterator() -> AsyncTimer { self }

  mutating func next() async -> Void? { try? await Task.sleep(for: interval) }
}
