import Citizens
import Commerce
import Core
import Decisions
import Rulebook
import StoreConformance
import Synchronization
import Testing
import Tokens
import TrustGraph

/// The stores that end with the process keep the promises of their ports.
struct MemoryStoreTests {
  @Test(arguments: SessionConformance.cases)
  func `sessions in memory`(_ promise: StoreCase<any SessionStore>) async throws {
    try await promise.run(MemorySessionStore())
  }

  @Test(arguments: PaymentConformance.cases)
  func `payments in memory`(_ promise: StoreCase<any PaymentStore>) async throws {
    try await promise.run(MemoryPaymentStore())
  }

  @Test(arguments: GraphConformance.cases)
  func `relationships in memory`(_ promise: StoreCase<any RelationshipStore>) async throws {
    try await promise.run(MemoryRelationshipStore())
  }

  @Test(arguments: RulebookConformance.cases)
  func `rulebooks in memory`(_ promise: StoreCase<any RulebookStore>) async throws {
    try await promise.run(MemoryRulebookStore())
  }

  @Test(arguments: DecisionLogConformance.cases)
  func `logs of decisions in memory`(_ promise: StoreCase<any DecisionLog>) async throws {
    try await promise.run(MemoryDecisionLog())
  }

  @Test(arguments: HostConformance.cases)
  func `hosts in memory`(_ promise: StoreCase<HostsUnderTest>) async throws {
    let rulebooks = MemoryRulebookStore()
    try await promise.run(HostsUnderTest(MemoryHostRegister(rulebooks), rulebooks))
  }

  @Test(arguments: KeyConformance.cases)
  func `keys in memory`(_ promise: StoreCase<any KeyStore>) async throws {
    try await promise.run(MemoryKeyStore())
  }

  /// A clock that only a test moves.
  private final class Clock: Sendable {
    private let instant = Mutex(ContinuousClock.now)
    var now: ContinuousClock.Instant { instant.withLock { $0 } }
    func pass(_ duration: Duration) { instant.withLock { $0 += duration } }
  }

  @Test(arguments: RateConformance.cases)
  func `a host that is alone has all of a rate`(_ promise: StoreCase<Timed<any RateLimiter>>) async throws {
    let clock = Clock()
    let own = MemoryRateLimiter(limit: 100, now: { clock.now })
    try await promise.run(Timed(ShareLimiter(own, of: LivingHosts())) { clock.pass($0) })
  }

  @Test func `hosts that count by themselves let through together what one would`() async throws {
    let clock = Clock()
    let hosts = LivingHosts()
    hosts.note(3)
    let limiters = (0..<3).map { _ in ShareLimiter(MemoryRateLimiter(limit: 100, now: { clock.now }), of: hosts) }
    let rate = Rate(burst: 6, interval: .seconds(1))
    func allowed(_ limiters: [ShareLimiter], tries: Int = 10) async throws -> Int {
      var count = 0
      for limiter in limiters {
        for _ in 0..<tries where try await limiter.take("a", "test", rate).isAllowed { count += 1 }
      }
      return count
    }
    #expect(try await allowed(limiters) == 6)
    clock.pass(.seconds(3))
    #expect(try await allowed(limiters) == 3)
    // Two of them end: the third has all of it from now on.
    hosts.note(1)
    clock.pass(.seconds(60))
    #expect(try await allowed([limiters[0]]) == 6)
    // Of a burst that can't be divided each lets one through.
    hosts.note(100)
    clock.pass(.seconds(600))
    #expect(try await allowed(limiters) == 3)
  }

  @Test(arguments: ExpiringConformance.cases)
  func `expiring values in memory`(_ promise: StoreCase<Timed<any ExpiringStore>>) async throws {
    let clock = Clock()
    try await promise.run(Timed(MemoryExpiringStore(now: { clock.now })) { clock.pass($0) })
  }

  @Test(arguments: RateConformance.cases)
  func `rates in memory`(_ promise: StoreCase<Timed<any RateLimiter>>) async throws {
    let clock = Clock()
    try await promise.run(Timed(MemoryRateLimiter(limit: 100, now: { clock.now })) { clock.pass($0) })
  }

  @Test(arguments: NoticeConformance.cases)
  func `notices in memory`(_ promise: StoreCase<any Notices>) async throws {
    try await promise.run(MemoryNotices())
  }

  @Test func `a flood of expiring values drops the oldest, and never more than the limit is kept`() async throws {
    let store = MemoryExpiringStore(limit: 100)
    for number in 0..<10_000 {
      let key = ExpiringKey(.challenges, "n\(number)")
      try await store.put([1], under: key, for: .seconds(300))
      #expect(store.count(.challenges) <= 100)
      if number % 3 == 0 { #expect(try await store.take(key) == [1]) }
    }
    #expect(try await store.take(ExpiringKey(.challenges, "n9800")) == nil)
    #expect(try await store.take(ExpiringKey(.challenges, "n9998")) == [1])
    // Another room isn't touched by it.
    try await store.put([2], under: ExpiringKey(.consoleCodes, "c"), for: .seconds(300))
    for number in 0..<200 { try await store.put([], under: ExpiringKey(.challenges, "m\(number)"), for: .seconds(1)) }
    #expect(try await store.take(ExpiringKey(.consoleCodes, "c")) == [2])
  }

  @Test func `what is over is forgotten with the next value`() async throws {
    let clock = Clock()
    let store = MemoryExpiringStore(limit: 100, now: { clock.now })
    for number in 0..<50 { try await store.put([], under: ExpiringKey(.challenges, "n\(number)"), for: .seconds(10)) }
    clock.pass(.seconds(10))
    try await store.put([], under: ExpiringKey(.challenges, "late"), for: .seconds(10))
    #expect(store.count(.challenges) == 1)
  }

  @Test func `a table of rates forgets under a flood only, and never holds more than its limit`() {
    var table = RateTable(limit: 10)
    let (rate, now) = (Rate(burst: 1, interval: .seconds(2)), ContinuousClock.now)
    #expect(table.take("a", rate, now: now).isAllowed)
    for number in 0..<3 { _ = table.take("few \(number)", rate, now: now) }
    let known = table.take("a", rate, now: now)
    #expect(known == RateVerdict(remaining: 0, wait: .seconds(2)))
    for number in 0..<1_000 {
      _ = table.take("flood \(number)", rate, now: now)
      let count = table.count
      #expect(count <= 10)
    }
    let forgotten = table.take("a", rate, now: now)
    #expect(forgotten.isAllowed)
  }
}
