internal import Core
internal import NIOCore
internal import Synchronization

/// How often somebody may try to get in.
package struct AuthenticationRateLimits: Sendable {
  /// Of one address; of IPv6 the first half counts, which one customer has.
  package var address = Rate(burst: 60, interval: .seconds(1))
  /// Of one name, from all addresses together.
  package var name = Rate(burst: 20, interval: .seconds(3))
  /// Of one name from one address, when the name's own rate is used up: so strangers can't keep a name's owner out.
  package var nameAtAddress = Rate(burst: 4, interval: .seconds(10))
  /// Names held in each table.
  package var held = 20_000

  /// The usual limits.
  package init() {}
}

/// Slows down addresses and names that try to get in.
final class AuthenticationRates: Sendable {
  private struct State {
    var addresses: RateTable
    var names: RateTable
    var namesAtAddresses: RateTable
  }

  private let state: Mutex<State>
  private let now: @Sendable () -> ContinuousClock.Instant

  /// Nothing was tried yet.
  init(_ limits: AuthenticationRateLimits, now: @escaping @Sendable () -> ContinuousClock.Instant) {
    self.now = now
    state = Mutex(
      State(
        addresses: RateTable(limits.address, limit: limits.held), names: RateTable(limits.name, limit: limits.held),
        namesAtAddresses: RateTable(limits.nameAtAddress, limit: limits.held)))
  }

  /// Counts a try from `address`, for `name` where there is one. Throws 429 with `Retry-After` when it is one too many.
  func check(_ address: SocketAddress?, name: String? = nil) throws(ProblemDocument) {
    let now = now()
    let address = Self.key(address)
    let wait: Duration? = state.withLock { state in
      if let wait = state.addresses.wait(address, now: now) { return wait }
      guard let name, let wait = state.names.wait(name, now: now) else { return nil }
      guard let own = state.namesAtAddresses.wait(address + " " + name, now: now) else { return nil }
      return min(wait, own)
    }
    guard let wait else { return }
    let seconds = max(1, Int((wait / .seconds(1)).rounded(.up)))
    throw ProblemDocument(
      .tooManyRequests, "too many tries; the next one counts in \(seconds) seconds",
      headers: [("retry-after", String(seconds))])
  }

  /// What of an address stands for one customer.
  static func key(_ address: SocketAddress?) -> String {
    guard let text = address?.ipAddress else { return "unknown" }
    // A zone behind the address names a card of this machine.
    switch Authority.Name.version6(String(text.prefix { $0 != "%" })) {
    case .version6(let bytes): return "\(bytes.prefix(8))"
    case .version4(let bytes): return bytes.map(String.init).joined(separator: ".")
    case .registered, nil: return text
    }
  }
}
