/// Decides after each attempt whether and when to try again. Pure: the caller supplies clock, waiting and chance.
package struct RetryPolicy: Sendable, Equatable {
  /// The most attempts of one call, including the first.
  package var attempts: Int
  /// The wait before the second attempt; every further wait doubles.
  package var initialDelay: Duration
  /// The longest wait without a `Retry-After`.
  package var maximumDelay: Duration
  /// The longest accepted `Retry-After`; a longer one ends the call.
  package var maximumRetryAfter: Duration

  package init(
    attempts: Int = 5, initialDelay: Duration = .milliseconds(500), maximumDelay: Duration = .seconds(5),
    maximumRetryAfter: Duration = .seconds(60)
  ) {
    self.attempts = attempts
    self.initialDelay = initialDelay
    self.maximumDelay = maximumDelay
    self.maximumRetryAfter = maximumRetryAfter
  }

  /// The outcome of an attempt.
  package enum Outcome: Sendable, Equatable {
    /// Connecting failed, the connection broke, or it took too long.
    case connectionFailed
    /// A response with this status, `Stripe-Should-Retry` and `Retry-After`.
    case answered(status: Int, shouldRetry: Bool? = nil, retryAfter: Duration? = nil)
  }

  /// The wait before the next attempt; nil to stop after attempt number `attempt` (from 1). `random` is any word and
  /// picks a wait between half and all of the full one.
  package func delay(after attempt: Int, _ outcome: Outcome, random: UInt64) -> Duration? {
    guard attempt < attempts, isRetried(outcome) else { return nil }
    var full = initialDelay
    for _ in 1..<max(attempt, 1) where full < maximumDelay { full *= 2 }
    full = min(full, maximumDelay)
    // 1024 steps are finer than any clock involved.
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
