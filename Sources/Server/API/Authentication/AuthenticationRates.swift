package import Core

/// How often somebody may try to get in.
package struct AuthenticationRateLimits: Sendable {
  /// Of one address; of IPv6 the first half counts, which one customer has.
  package var address = Rate(burst: 60, interval: .seconds(1))
  /// Of one name, from all addresses together.
  package var name = Rate(burst: 20, interval: .seconds(3))
  /// Of one name from one address, when the name's own rate is used up: so strangers can't keep a name's owner out.
  package var nameAtAddress = Rate(burst: 4, interval: .seconds(10))
  /// The most names that a host counts by itself, of each kind.
  package static let held = 20_000

  /// The limits that serve, unless one is set.
  package init() {}
}

/// Slows down addresses and names that try to get in.
final class AuthenticationRates: Sendable {
  private let limits: AuthenticationRateLimits
  private let limiter: any RateLimiter

  /// Lets `limiter` count the tries.
  init(_ limits: AuthenticationRateLimits, limiter: any RateLimiter) {
    self.limits = limits
    self.limiter = limiter
  }

  /// Counts a try of `client`, for `name` where there is one. Throws 429 with `Retry-After` and `RateLimit-*` when
  /// it is one too many, and 503 when nobody can count.
  func check(_ client: ClientAddress, name: String? = nil) async throws(ProblemDocument) {
    let refusal: (rate: Rate, wait: Duration)?
    do throws(StoreError) {
      refusal = try await self.refusal(client.customer, name)
    } catch {
      throw ProblemDocument(.unavailable, "tries can't be counted now; try again", headers: [("retry-after", "1")])
    }
    if let refusal { throw ProblemDocument.tooMany("too many tries", refusal.rate, wait: refusal.wait) }
  }

  /// Which rate refused the try, and how long to wait for the next one that counts; nil when this one did.
  private func refusal(
    _ address: String, _ name: String?
  ) async throws(StoreError) -> (rate: Rate, wait: Duration)? {
    let byAddress = try await limiter.take(address, "address", limits.address)
    if !byAddress.isAllowed { return (limits.address, byAddress.wait) }
    guard let name else { return nil }
    let byName = try await limiter.take(name, "name", limits.name)
    if byName.isAllowed { return nil }
    let own = try await limiter.take(address + " " + name, "name at address", limits.nameAtAddress)
    if own.isAllowed { return nil }
    return own.wait < byName.wait ? (limits.nameAtAddress, own.wait) : (limits.name, byName.wait)
  }
}
