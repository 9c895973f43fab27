/// How often something may happen: `burst` times at once, and once more every `interval`.
package struct Rate: Sendable, Equatable {
  /// How often at once.
  package var burst: Int
  /// After how long once more.
  package var interval: Duration

  package init(burst: Int, interval: Duration) {
    self.burst = burst
    self.interval = interval
  }
}

/// What a limiter says to one try.
package struct RateVerdict: Sendable, Equatable {
  /// How often it may be tried again at once.
  package var remaining: Int
  /// How long to wait for the next try that counts; zero when this one did.
  package var wait: Duration

  package init(remaining: Int, wait: Duration) {
    self.remaining = remaining
    self.wait = wait
  }

  /// Whether the try counts.
  package var isAllowed: Bool { wait <= .zero }
}

/// Holds many names to rates. Each call is one transaction: of many tries at the same time no more count than the rate
/// allows. A limiter may forget names that were tried long ago.
package protocol RateLimiter: Sendable {
  /// Counts a try of `name` under the rate of this title, unless it is one too many; then nothing is counted. The same
  /// title goes with the same rate.
  func take(_ name: String, _ title: String, _ rate: Rate) async throws(StoreError) -> RateVerdict
}
