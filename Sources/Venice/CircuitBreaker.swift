/// Decides whether to ask Venice at all. After several failures in a row the circuit opens for a while; then one
/// request tries, and its outcome decides for the others.
struct CircuitBreaker: Sendable {
  private enum State: Sendable {
    case closed(failures: Int)
    case open(until: ContinuousClock.Instant)
    case probing
  }

  private let failures: Int
  private let pause: Duration
  private var state = State.closed(failures: 0)

  /// A closed circuit that opens after `failures` in a row, for `pause`.
  init(failures: Int, pause: Duration) {
    self.failures = failures
    self.pause = pause
  }

  /// Nil to send a request at `now` and report its outcome, or else the time to wait.
  mutating func wait(now: ContinuousClock.Instant) -> Duration? {
    switch state {
    case .closed: return nil
    case .probing: return pause
    case .open(let until) where now < until: return until - now
    case .open:
      state = .probing
      return nil
    }
  }

  /// Reports an answer of Venice.
  mutating func succeeded() { state = .closed(failures: 0) }

  /// Venice didn't answer, or its answer was invented.
  mutating func failed(now: ContinuousClock.Instant) {
    switch state {
    case .closed(let before):
      state = before + 1 < failures ? .closed(failures: before + 1) : .open(until: now + pause)
    case .probing: state = .open(until: now + pause)
    // The request started before the circuit opened, so its failure is no news.
    case .open: break
    }
  }
}
