internal import Core
internal import Cryptography
internal import DatabaseServers
internal import StoreConformance
internal import StoreRedis
internal import Synchronization
internal import Testing

/// A Redis that starts anew with each case, as it has but 16 databases.
@Suite(.serialized)
struct RedisStoreTests {
  private static let server = Result { try RedisServer() }

  /// A client of an empty Redis.
  private static func client() throws -> RedisClient {
    let server = try server.get()
    server.stop()
    try server.start()
    return RedisClient(try RedisAddress("redis://127.0.0.1:\(server.port)/0"))
  }

  @Test(arguments: ExpiringConformance.cases)
  func `expiring values in Redis keep the promise`(_ promise: StoreCase<Timed<any ExpiringStore>>) async throws {
    let time = RedisTime()
    let store = RedisExpiringStore(try Self.client(), key: Secret("key".utf8)) { time.now }
    try await promise.run(Timed(store) { time.pass($0) })
    #expect(store.forged == 0)
  }

  @Test(arguments: RateConformance.cases)
  func `rates in Redis keep the promise`(_ promise: StoreCase<Timed<any RateLimiter>>) async throws {
    let time = RedisTime()
    let limiter = RedisRateLimiter(try Self.client(), alone: NoLimiter()) { time.now }
    try await promise.run(Timed(limiter) { time.pass($0) })
  }

  @Test(arguments: NoticeConformance.cases)
  func `notices over Redis keep the promise`(_ promise: StoreCase<any Notices>) async throws {
    let notices = RedisNotices(try Self.client())
    try await promise.run(notices)
    notices.close()
  }

  @Test func `by Redis's own clock a value is there and ends`() async throws {
    let store = RedisExpiringStore(try Self.client(), key: Secret("key".utf8))
    let key = ExpiringKey(.challenges, "a")
    try await store.put([1], under: key, for: .seconds(600))
    #expect(try await store.value(under: key) == [1])
    try await store.put([2], under: key, for: .milliseconds(1))
    try await Task.sleep(for: .milliseconds(50))
    #expect(try await store.take(key) == nil)
  }

  @Test func `a value that other hosts' key made, or another name, is none and is counted`() async throws {
    let client = try Self.client()
    let (ours, theirs) = (
      RedisExpiringStore(client, key: Secret("ours".utf8)), RedisExpiringStore(client, key: Secret("theirs".utf8))
    )
    let key = ExpiringKey(.consoleCodes, "a")
    try await theirs.put([1], under: key, for: .seconds(600))
    #expect(try await ours.value(under: key) == nil)
    #expect(ours.forged == 1)
    #expect(try await theirs.value(under: key) == [1])
  }

  @Test func `two hosts count one rate`() async throws {
    let time = RedisTime()
    let client = try Self.client()
    let other = RedisClient(client.address)
    let hosts = [client, other].map { RedisRateLimiter($0, alone: NoLimiter()) { time.now } }
    let rate = Rate(burst: 2, interval: .seconds(1))
    #expect(try await hosts[0].take("a", "t", rate).isAllowed)
    #expect(try await hosts[1].take("a", "t", rate).isAllowed)
    #expect(try await !hosts[0].take("a", "t", rate).isAllowed)
  }

  @Test func `what one host tells another hears`() async throws {
    let client = try Self.client()
    let (here, there) = (RedisNotices(client), RedisNotices(RedisClient(client.address)))
    let stream = there.subscribe(.graph)
    let telling = Task {
      // The other may not listen yet.
      while !Task.isCancelled {
        await here.tell(.graph)
        try await Task.sleep(for: .milliseconds(50))
      }
    }
    var iterator = stream.makeAsyncIterator()
    #expect(await iterator.next() != nil)
    telling.cancel()
    here.close()
    there.close()
  }

  @Test func `without Redis each host counts by itself, and says so once`() async throws {
    let server = try Self.server.get()
    let said = Mutex<[Bool]>([])
    let client = RedisClient(try RedisAddress("redis://127.0.0.1:\(server.port)/0")) { isAway, _ in
      said.withLock { $0.append(isAway) }
    }
    let limiter = RedisRateLimiter(client, alone: MemoryRateLimiter(limit: 100))
    let rate = Rate(burst: 2, interval: .seconds(60))
    server.stop()
    for _ in 0..<2 { #expect(try await limiter.take("a", "t", rate).isAllowed) }
    #expect(try await !limiter.take("a", "t", rate).isAllowed)
    #expect(client.isAway)
    try server.start()
    // It comes back by itself, with its scripts forgotten.
    for _ in 0..<100 where client.isAway {
      try await Task.sleep(for: .milliseconds(100))
      _ = try await limiter.take("b", "t", rate)
    }
    #expect(said.withLock { $0 } == [true, false])
  }

  @Test func `what is put while Redis is away is found elsewhere, also when it is back`() async throws {
    let client = try Self.client()
    let server = try Self.server.get()
    let backup = MemoryExpiringStore()
    let store = BackedExpiringStore(RedisExpiringStore(client, key: Secret("key".utf8)), backedBy: backup)
    let (before, meanwhile) = (ExpiringKey(.challenges, "before"), ExpiringKey(.challenges, "meanwhile"))
    try await store.put([1], under: before, for: .seconds(600))
    #expect(backup.count(.challenges) == 0)
    #expect(try await store.value(under: before) == [1])
    server.stop()
    #expect(try await store.value(under: before) == nil)
    try await store.put([2], under: meanwhile, for: .seconds(600))
    #expect(try await store.value(under: meanwhile) == [2])
    try server.start()
    #expect(try await store.take(meanwhile) == [2])
    #expect(try await store.take(meanwhile) == nil)
  }

  @Test func `a Redis that stands still costs one short wait`() async throws {
    let client = try Self.client()
    let limiter = RedisRateLimiter(client, alone: MemoryRateLimiter(limit: 100))
    let rate = Rate(burst: 100, interval: .seconds(60))
    #expect(try await limiter.take("a", "t", rate).isAllowed)
    let server = try Self.server.get()
    server.pause(true)
    for _ in 0..<50 { #expect(try await limiter.take("a", "t", rate).isAllowed) }
    #expect(client.isAway)
    server.pause(false)
  }

  @Test func `a Redis that takes a second for each answer is away, and limits hold at each host by itself`()
    async throws
  {
    _ = try Self.client()
    let proxy = try SlowProxy(server: try Self.server.get().port)
    defer { proxy.close() }
    let client = RedisClient(try RedisAddress("redis://127.0.0.1:\(proxy.port)/0"))
    let limiter = RedisRateLimiter(client, alone: MemoryRateLimiter(limit: 100))
    let backup = MemoryExpiringStore()
    let store = BackedExpiringStore(RedisExpiringStore(client, key: Secret("key".utf8)), backedBy: backup)
    let rate = Rate(burst: 2, interval: .seconds(3_600))
    #expect(try await limiter.take("a", "t", rate).isAllowed)
    proxy.delay(milliseconds: 1_000)
    var allowed = 0
    for _ in 0..<20 where try await limiter.take("b", "t", rate).isAllowed { allowed += 1 }
    #expect(allowed == 2)
    #expect(client.isAway)
    let key = ExpiringKey(.challenges, "a")
    try await store.put([1], under: key, for: .seconds(600))
    #expect(try await store.take(key) == [1])
    #expect(try await store.take(key) == nil)
    proxy.delay(milliseconds: 0)
    for _ in 0..<100 where client.isAway {
      try await Task.sleep(for: .milliseconds(100))
      _ = try await limiter.take("c", "t", rate)
    }
    #expect(!client.isAway)
  }
}

struct RedisAddressTests {
  @Test func `an address prints without its password`() throws {
    let address = try RedisAddress("redis://:hunter2@10.1.2.3:6380/4")
    #expect(address.description == "redis://10.1.2.3:6380/4")
    var dumped = ""
    dump(address, to: &dumped)
    #expect(!dumped.contains("hunter2"))
  }

  @Test(arguments: ["", "http://a", "redis://", "redis://a@127.0.0.1", "redis://127.0.0.1:0", "redis://127.0.0.1/99"])
  func `what is no address is refused`(_ url: String) {
    #expect(throws: StoreError.self) { try RedisAddress(url) }
  }

  @Test func `beyond this machine a password is needed`() throws {
    let error = #expect(throws: StoreError.self) { try RedisAddress("redis://redis.example:6379/0") }
    #expect(error?.message.contains("needs a password") == true)
    _ = try RedisAddress("redis://:secret@redis.example:6379/0")
    _ = try RedisAddress("redis://localhost")
  }
}

/// A clock that goes when it is told to, microseconds since 1970.
private final class RedisTime: Sendable {
  private let value = Mutex<Int64>(1_700_000_000_000_000)
  var now: Int64 { value.withLock { $0 } }
  func pass(_ time: Duration) {
    value.withLock { $0 += time.microseconds }
  }
}

/// Fails when it is asked: Redis should have been.
private struct NoLimiter: RateLimiter {
  func take(_ name: String, _ title: String, _ rate: Rate) async throws(StoreError) -> RateVerdict {
    throw StoreError(.io, "Redis was away")
  }
}
