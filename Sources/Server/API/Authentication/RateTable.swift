/// How often something may happen: `burst` times at once, and once more every `interval`.
package struct Rate: Sendable {
  /// How often at once.
  package var burst: Int
  /// After how long once more.
  package var interval: Duration

  /// A rate.
  package init(burst: Int, interval: Duration) {
    self.burst = burst
    self.interval = interval
  }
}

/// Holds many names to one rate, by the virtual scheduling algorithm (ITU-T I.371, annex A): one instant a name.
///
/// At most `limit` names are held, in two halves of which the older is dropped whole; so a flood of names forgets, but
/// takes neither memory nor time.
struct RateTable: Sendable {
  private let rate: Rate
  private let half: Int
  /// When each name will have all of its burst again.
  private var newer: [String: ContinuousClock.Instant] = [:]
  private var older: [String: ContinuousClock.Instant] = [:]

  /// A table in which nothing has happened.
  init(_ rate: Rate, limit: Int) {
    self.rate = rate
    half = max(1, limit / 2)
  }

  /// How many names are held.
  var count: Int { newer.count + older.count }

  /// Lets `name` do it once at `now`: nil when it may, else how long to wait, and nothing is counted. O(1) on average.
  mutating func wait(_ name: String, now: ContinuousClock.Instant) -> Duration? {
    let known = newer[name] ?? older[name] ?? now
    let full = max(known, now) + rate.interval
    let wait = full - now - rate.interval * rate.burst
    if wait > .zero { return wait }
    older[name] = nil
    if newer.count >= half && newer[name] == nil {
      older = newer
      newer = [:]
    }
    newer[name] = full
    return nil
  }
}
