internal import Synchronization

/// How many hosts share the work now, this one among them.
package final class LivingHosts: Sendable {
  private let number = Atomic(1)

  /// This host alone, until ``note(_:)`` says more.
  package init() {}

  /// The last number noted, at least 1.
  package var count: Int { number.load(ordering: .relaxed) }

  /// Notes how many there are; fewer than one count as one.
  package func note(_ count: Int) { number.store(max(1, count), ordering: .relaxed) }
}

/// Holds names to this host's share of a rate, for a host that can't count together with the others: what all of them
/// let through is what one would, as far as the burst can be divided. At least one try passes at once.
package struct ShareLimiter: RateLimiter {
  private let own: any RateLimiter
  private let hosts: LivingHosts

  /// A share of what `own` would let through, one of as many as there are `hosts`.
  package init(_ own: any RateLimiter, of hosts: LivingHosts) {
    self.own = own
    self.hosts = hosts
  }

  /// See ``RateLimiter/take(_:_:_:)``.
  package func take(_ name: String, _ title: String, _ rate: Rate) async throws(StoreError) -> RateVerdict {
    let count = hosts.count
    return try await own.take(
      name, title, Rate(burst: max(1, rate.burst / count), interval: rate.interval * count))
  }
}
