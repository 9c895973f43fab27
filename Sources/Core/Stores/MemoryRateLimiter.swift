internal import Synchronization

/// Rates that one process counts by itself.
package final class MemoryRateLimiter: RateLimiter {
  private let tables = Mutex<[String: RateTable]>([:])
  private let limit: Int
  private let now: @Sendable () -> ContinuousClock.Instant

  /// Nothing was tried yet; at most `limit` names are held for each title. `now` is for tests.
  package init(limit: Int, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
    self.limit = limit
    self.now = now
  }

  /// See ``RateLimiter/take(_:_:_:)``. O(1) on average.
  package func take(_ name: String, _ title: String, _ rate: Rate) async throws(StoreError) -> RateVerdict {
    let now = now()
    return tables.withLock { tables in
      var table = tables.removeValue(forKey: title) ?? RateTable(limit: limit)
      defer { tables[title] = table }
      return table.take(name, rate, now: now)
    }
  }
}

/// Holds many names to rates, by the virtual scheduling algorithm (ITU-T I.371, annex A): one instant a name.
///
/// A flood of names forgets others, but takes neither memory nor time.
package struct RateTable: Sendable {
  /// When each name will have all of its burst again.
  private var full: AgeingMap<ExactText, ContinuousClock.Instant>

  /// A table in which nothing has happened; holds at most `limit` names.
  package init(limit: Int) { full = AgeingMap(limit: limit) }

  /// How many names are held.
  package var count: Int { full.count }

  /// Counts a try of `name` at `now`, unless it is one too many. O(1) on average.
  package mutating func take(_ name: String, _ rate: Rate, now: ContinuousClock.Instant) -> RateVerdict {
    let name = ExactText(name)
    let next = max(full[name] ?? now, now) + rate.interval
    let wait = next - now - rate.interval * rate.burst
    if wait > .zero { return RateVerdict(remaining: 0, wait: wait) }
    full[name] = next
    return RateVerdict(remaining: Int((.zero - wait) / rate.interval), wait: .zero)
  }
}
