/// Decides whether Venice is asked at all: after some failures in a row it is left alone for a while; then one
/// question tries, and its outcome decides for the others.
struct CircuitBreaker: Sendable {
  private enum State: Sendable {
    case closed(failures: Int)
    case open(until: ContinuousClock.Instant)
    case probing
  }

  private let failures: Int
  private let pause: Duration
  private var state = State.closed(failures: 0)

  /// Closed; opens after `failures` in a row, for `pause`.
  init(failures: Int, pause: Duration) {
    self.failures = failures
    self.pause = pause
  }

  /// Whether to ask at `now`: nil to ask and tell the outcome, else how long to wait.
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

  /// Venice answered.
  mutating func succeeded() { state = .closed(failures: 0) }

  /// Venice did not answer, or not as itself.
  mutating func failed(now: ContinuousClock.Instant) {
    switch state {
    case .closed(let before):
      state = before + 1 < failures ? .closed(failures: before + 1) : .open(until: now + pause)
    case .probing: state = .open(until: now + pause)
    // Was asked before it opened; says nothing new.
    case .open: break
    }
  }
}
