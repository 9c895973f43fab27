import Citizens
import Core
import StandIns
import Testing
import TrustGraph

@testable import Venice

/// What hosts keep for each other of Venice's answers.
struct VeniceSharedTests {
  /// Two clients of one Venice that share `store`, and the time by which they keep answers of their own.
  private func run(
    _ store: any ExpiringStore, _ body: (StandInVenice, VeniceClient, VeniceClient) async throws -> Void
  ) async throws {
    let venice = try await StandInVenice()
    let clients = try (0..<2).map { _ in
      VeniceClient(try HTTPTransport(baseURL: venice.baseURL, key: nil), shared: store, logger: quiet)
    }
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await body(venice, clients[0], clients[1])) } catch { outcome = .failure(error) }
    for client in clients { await client.close() }
    await venice.stop()
    try outcome.get()
  }

  @Test func `what one host was told another one needn't ask, unless it must be fresh`() async throws {
    let time = ManualInstant()
    try await run(MemoryExpiringStore(now: { time.now })) { venice, first, second in
      venice.put("alice", ["socialClass": "Nobili"])
      venice.relate("alice", "bob", trust: 10, strength: 20)
      let alice = await first.citizen(named: "alice")
      let bond = try await first.relationship(between: "bob", and: "alice")
      #expect(await first.citizen(named: "nobody") == .notFound)
      #expect(alice.citizen?.socialClass == "Nobili" && bond != nil && venice.requests.count == 3)

      #expect(await second.citizen(named: "alice") == alice)
      #expect(try await second.relationship(between: "alice", and: "bob") == bond)
      // An unknown name stays unknown for a while, also for who asks for a fresh answer.
      #expect(await second.citizen(named: "nobody", .fresh) == .notFound)
      #expect(venice.requests.count == 3)
      let use = second.takeCacheUse()
      #expect(use.kept == 3 && use.asked == 3)

      #expect(await second.citizen(named: "alice", .fresh) == alice)
      #expect(await second.citizen(named: "nobody", .anew) == .notFound)
      #expect(venice.requests.count == 5)
    }
  }

  @Test func `no answer gets older by being handed on`() async throws {
    let time = ManualInstant()
    try await run(MemoryExpiringStore(now: { time.now })) { venice, first, second in
      venice.put("alice", ["socialClass": "Nobili"])
      _ = await first.citizen(named: "alice")
      time.advance(.seconds(299))
      #expect(await second.citizen(named: "alice").citizen?.socialClass == "Nobili")
      venice.put("alice", ["socialClass": "Popolani"])
      time.advance(.seconds(1))
      #expect(await second.citizen(named: "alice").citizen?.socialClass == "Popolani")
      #expect(venice.requests.count == 2)
    }
  }

  @Test func `what isn't Venice's own is handed to nobody, and what can't be read is asked`() async throws {
    let store = MemoryExpiringStore()
    try await run(store) { venice, first, second in
      venice.answer(.fallback)
      #expect(await first.citizen(named: "alice").reason != nil)
      venice.answer(.usual)
      venice.put("alice", ["socialClass": "Nobili"])
      #expect(await second.citizen(named: "alice").citizen?.socialClass == "Nobili")
      for bytes: [UInt8] in [[], [0], [0, 200], [0, 200] + Array("{".utf8), [0xff, 0xff] + Array("{}".utf8)] {
        try await store.put(bytes, under: ExpiringKey(.directory, "/citizens/bob"), for: .seconds(60))
        #expect(await first.citizen(named: "bob", .anew) == .notFound)
        try await store.put(bytes, under: ExpiringKey(.directory, "/citizens/carla"), for: .seconds(60))
        #expect(await first.citizen(named: "carla") == .notFound, "\(bytes)")
      }
    }
  }

  @Test func `a store that is away costs nobody an answer`() async throws {
    try await run(AwayStore()) { venice, first, second in
      venice.put("alice", ["socialClass": "Nobili"])
      for client in [first, second] { #expect(await client.citizen(named: "alice").citizen != nil) }
      #expect(venice.requests.count == 2)
    }
  }

  private struct AwayStore: ExpiringStore {
    func put(_ value: [UInt8], under key: ExpiringKey, for life: Duration) async throws(StoreError) { throw away }
    func value(under key: ExpiringKey) async throws(StoreError) -> [UInt8]? { throw away }
    func take(_ key: ExpiringKey) async throws(StoreError) -> [UInt8]? { throw away }
    private var away: StoreError { StoreError(.io, "away") }
  }
}
