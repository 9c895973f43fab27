internal import Core
internal import DatabaseServers
internal import Foundation
internal import Ledger
internal import StoreConformance
internal import StorePostgres
internal import Testing

/// Hosts as processes that are killed or stand still.
@Suite(.serialized)
struct KilledHostTests {
  private static let environment = ProcessInfo.processInfo.environment
  private let rounds = environment["CASCADE_HOST_KILLS"].flatMap { Int($0) } ?? 10

  @Test func `whichever host is killed, every acknowledged chain is there, once and whole`() async throws {
    var generator = SystemRandomNumberGenerator()
    let address = try PostgresServer.shared.get().newDatabase()
    let direct = try PostgresLedgerStore(PostgresAddress(address), host: "observer")
    var next: UInt64 = 1
    func start(_ number: Int) throws -> HostProcess {
      defer { next += 1_000_000 }
      return try HostProcess(address, "host\(number)", from: next, callers: 64)
    }
    var hosts = try (0..<3).map(start)
    var acknowledged: [UInt64] = []
    for host in hosts { try await host.waits(forMore: 1) }
    for _ in 0..<rounds {
      let victim = Int.random(in: 0..<3, using: &generator)
      try await Task.sleep(for: .milliseconds(Int.random(in: 50...500, using: &generator)))
      hosts[victim].end()
      // The others go on.
      for other in 0..<3 where other != victim { try await hosts[other].waits(forMore: 1) }
      acknowledged += hosts[victim].acknowledged
      #expect(hosts[victim].others.filter { $0.hasPrefix("refused") } == [])
      hosts[victim] = try start(victim)
      try await hosts[victim].waits(forMore: 1)
    }
    for host in hosts {
      host.end()
      acknowledged += host.acknowledged
    }
    print("\(rounds) kills, \(acknowledged.count) chains acknowledged")
    #expect(Set(acknowledged).count == acknowledged.count)
    try await Self.check(direct, hold: acknowledged)
    await direct.close()
  }

  @Test func `a host that stands still in the middle of its work stops nobody for long`() async throws {
    let address = try PostgresServer.shared.get().newDatabase()
    let direct = try PostgresLedgerStore(PostgresAddress(address), host: "observer")
    let stopped = try HostProcess(address, "stopped", from: 1, callers: 64)
    let other = try HostProcess(address, "other", from: 1_000_001, callers: 64)
    for host in [stopped, other] { try await host.waits(forMore: 64) }
    for _ in 0..<3 {
      stopped.signal(SIGSTOP)
      try await other.waits(forMore: 200)
      try await Task.sleep(for: .milliseconds(2_500))
      stopped.signal(SIGCONT)
      try await stopped.waits(forMore: 64)
    }
    stopped.end()
    other.end()
    #expect((stopped.others + other.others).filter { $0.hasPrefix("refused") } == [])
    try await Self.check(direct, hold: stopped.acknowledged + other.acknowledged)
    await direct.close()
  }

  /// Every acknowledged chain is there, no half one, and the ledger verifies.
  private static func check(_ store: PostgresLedgerStore, hold acknowledged: [UInt64]) async throws {
    var (ids, last) = ([Identifier](), Int64(0))
    while case let page = try await store.rows(after: last, limit: 1_000), let final = page.last {
      ids += page.compactMap { Identifier(bytes: $0.id) }
      last = final.sequence
    }
    let kept = Set(ids)
    #expect(kept.count == ids.count)
    #expect(acknowledged.allSatisfy { kept.contains(id(2 * $0)) && kept.contains(id(2 * $0 + 1)) })
    // What a chain brings to `a` it takes on; a half one would leave some.
    #expect(try await store.figures("a") == [0, 0, 0])
    #expect(try await store.figures("b") == [Int64(ids.count / 2), 0, Int64(ids.count / 2)])
    #expect(try await store.verify(against: nil).problem == nil)
  }
}
