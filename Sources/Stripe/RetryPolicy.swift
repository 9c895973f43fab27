/// Decides after each attempt whether another one follows, and when. Pure: clock, waiting and chance are the caller's.
package struct RetryPolicy: Sendable, Equatable {
  /// Attempts of one call, the first among them.
  package var attempts: Int
  /// The wait before the second attempt; each further wait is twice as long.
  package var initialDelay: Duration
  /// No wait of our own choice is longer.
  package var maximumDelay: Duration
  /// The longest wait that Stripe may ask for; asked for more, the call ends at once.
  package var maximumRetryAfter: Duration

  /// A policy with these bounds.
  package init(
    attempts: Int = 5, initialDelay: Duration = .milliseconds(500), maximumDelay: Duration = .seconds(5),
    maximumRetryAfter: Duration = .seconds(60)
  ) {
    self.attempts = attempts
    self.initialDelay = initialDelay
    self.maximumDelay = maximumDelay
    self.maximumRetryAfter = maximumRetryAfter
  }

  /// How an attempt ended.
  package enum Outcome: Sendable, Equatable {
    /// The connection couldn't be made, broke or took too long.
    case connectionFailed
    /// An answer with this status, and what it says of trying again.
    case answered(status: Int, shouldRetry: Bool? = nil, retryAfter: Duration? = nil)
  }

  /// The wait before the next attempt; nil when `outcome` of the attempt number `attempt` (from 1) stands. `random` is
  /// any word: the wait is between half of the full one and all of it.
  package func delay(after attempt: Int, _ outcome: Outcome, random: UInt64) -> Duration? {
    guard attempt < attempts, isRetried(outcome) else { return nil }
    var full = initialDelay
    for _ in 1..<max(attempt, 1) where full < maximumDelay { full *= 2 }
    full = min(full, maximumDelay)
    // 1024 steps are finer than anyone's clock here.
    let wait = full / 2 + full / 2 * Int(random % 1025) / 1024
    guard case .answered(_, _, let retryAfter?) = outcome else { return wait }
    return retryAfter <= maximumRetryAfter ? max(wait, retryAfter) : nil
  }

  private func isRetried(_ outcome: Outcome) -> Bool {
    switch outcome {
    case .connectionFailed: true
    case .answered(_, let shouldRetry?, _): shouldRetry
    case .answered(let status, nil, _): status == 409 || status >= 500
    }
  }
}
