internal import Core
internal import DatabaseServers
internal import Foundation
internal import Ledger
internal import StoreConformance
internal import StorePostgres
internal import Testing

struct ManyHostsTests {
  private static let environment = ProcessInfo.processInfo.environment
  private let count = environment["CASCADE_HOST_OPERATIONS"].flatMap { Int($0) } ?? 600

  @Test func `a ledger that three hosts write agrees with a plain model, and is one chain`() async throws {
    let seed = Self.environment["CASCADE_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...(.max))
    print("seed \(seed)")
    let address = try newDatabase()
    let time = ManualTime()
    let hosts = try (1...3).map { try PostgresLedgerStore(address, host: "host\($0)", time: time.source) }
    let spread = SpreadLedgerStore(hosts)
    try await compare(spread, time, operations: count, chains: 4, seed: seed)
    let head = try await hosts[0].head()
    for host in hosts {
      let report = try await host.verify(against: nil)
      #expect(report.problem == nil)
      #expect(report.head == head.hash)
      #expect(host.ledgerID == hosts[0].ledgerID)
      await host.close()
    }
  }

  @Test func `three hosts that write at the same time lose nothing and do nothing twice`() async throws {
    let address = try newDatabase()
    let hosts = try (1...3).map { try PostgresLedgerStore(address, host: "host\($0)") }
    let world = account("world")
    let outcomes = try await withThrowingTaskGroup(of: [String].self) { group in
      for caller in UInt64(0)..<24 {
        group.addTask {
          var outcomes: [String] = []
          for number in UInt64(0)..<10 {
            // Every transfer comes to two hosts.
            let event = LedgerEvent.posted(id(caller / 2 * 100 + number), from: world, to: account("hot"), ducats(1))
            outcomes += try await hosts[Int(caller) % 3].send(event).outcomes
          }
          return outcomes
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(outcomes.filter { $0 == "created" }.count == 120)
    #expect(outcomes.filter { $0 == "exists" }.count == 120)
    #expect(try await hosts[2].figures("hot") == [120, 0, 120])
    #expect(try await hosts[1].head().sequence == 120)
    #expect(try await hosts[0].verify(against: nil).problem == nil)
    for host in hosts { await host.close() }
  }

  @Test func `the next host finds what the one before it left`() async throws {
    let address = try newDatabase()
    let first = try PostgresLedgerStore(address)
    try await first.fund("alice", 100)
    _ = try await first.send(.pending(id(1), from: account("alice"), to: account("bob"), ducats(10)))
    await first.close()
    let second = try PostgresLedgerStore(address)
    #expect(try await second.send(.post(id(2), id(1))).outcomes == ["created"])
    #expect(try await second.figures("bob") == [10, 0, 10])
    #expect(second.ledgerID == first.ledgerID)
    let times = try await second.rows(after: 0, limit: 9).compactMap { $0.stored?.entry.timestamp }
    #expect(times.count == 3 && times == times.sorted() && Set(times).count == 3)
    await second.close()
  }

  @Test func `accounts in a crowd of due holds are swept before they are used`() async throws {
    let time = ManualTime()
    var limits = LedgerLimits()
    limits.expiriesPerSweep = 3
    let store = try PostgresLedgerStore(newDatabase(), time: time.source, limits: limits)
    try await store.fund("alice", 100)
    try await store.fund("zoe", 10, 2)
    for number in UInt64(10)..<18 {
      _ = try await store.send(
        .pending(id(number), from: account("alice"), to: account("bob"), ducats(1), timeoutSeconds: 1))
    }
    _ = try await store.send(.pending(id(20), from: account("zoe"), to: account("bob"), ducats(10), timeoutSeconds: 2))
    time.advance(seconds: 3)
    #expect(
      try await store.send(.posted(id(30), from: account("zoe"), to: account("carol"), ducats(10))).outcomes
        == ["created"])
    #expect(try await store.verify(against: nil).problem == nil)
    await store.close()
  }
}

/// Gives each call to the next of several hosts.
private actor SpreadLedgerStore: LedgerStore {
  nonisolated let ledgerID: String
  private let hosts: [PostgresLedgerStore]
  private var turn = 0

  init(_ hosts: [PostgresLedgerStore]) {
    self.hosts = hosts
    ledgerID = hosts[0].ledgerID
  }

  private var next: PostgresLedgerStore {
    turn += 1
    return hosts[turn % hosts.count]
  }

  func commit(_ submission: Submission) async throws(StoreError) -> Committed { try await next.commit(submission) }
  func commit(_ late: LateSubmission) async throws(StoreError) -> Committed? { try await next.commit(late) }
  func sweep() async throws(StoreError) -> LedgerChanges { try await next.sweep() }
  func now() async throws(StoreError) -> Int64 { try await next.now() }
  func head() async throws(StoreError) -> LedgerHead { try await next.head() }
  func accounts(named names: [AccountName]) async throws(StoreError) -> [Account] {
    try await next.accounts(named: names)
  }
  func entry(_ id: Identifier) async throws(StoreError) -> StoredEntry? { try await next.entry(id) }
  func entries(
    naming id: Identifier, after sequence: Int64, limit: Int
  ) async throws(StoreError) -> [StoredEntry] { try await next.entries(naming: id, after: sequence, limit: limit) }
  func rows(after sequence: Int64, limit: Int) async throws(StoreError) -> [LedgerRow] {
    try await next.rows(after: sequence, limit: limit)
  }
  func governance(after sequence: Int64, limit: Int) async throws(StoreError) -> [StoredEntry] {
    try await next.governance(after: sequence, limit: limit)
  }
  func treeNodes(completedBy sequences: [Int64]) async throws(StoreError) -> [Int64: [UInt8]] {
    try await next.treeNodes(completedBy: sequences)
  }
  func attachment(_ hash: String) async throws(StoreError) -> [UInt8]? { try await next.attachment(hash) }
  func record(_ id: Identifier) async throws(StoreError) -> [UInt8]? { try await next.record(id) }
  func records(before id: Identifier?, limit: Int) async throws(StoreError) -> [DecisionRecord] {
    try await next.records(before: id, limit: limit)
  }
  func verify(against checkpoint: Checkpoint?) async throws(StoreError) -> VerificationReport {
    try await next.verify(against: checkpoint)
  }
  func accounts(after key: String?, limit: Int) async throws(StoreError) -> [Account] {
    try await next.accounts(after: key, limit: limit)
  }
  func openHolds(after id: Identifier?, limit: Int) async throws(StoreError) -> [Hold] {
    try await next.openHolds(after: id, limit: limit)
  }
  func close() async { for host in hosts { await host.close() } }
}
