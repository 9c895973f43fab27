internal import Core
internal import DatabaseServers
internal import Dispatch
internal import Foundation
internal import Glibc
internal import Ledger
internal import StoreConformance
internal import StorePostgres
internal import Synchronization
internal import Testing

/// What happens while the server goes away, on servers of their own.
@Suite(.serialized)
struct PostgresFailureTests {
  @Test func `a server that is killed under load and started again has lost nothing it acknowledged`() async throws {
    let server = try PostgresServer()
    let address = try PostgresAddress(server.newDatabase())
    let hosts = try (1...3).map { try PostgresLedgerStore(address, host: "host\($0)") }
    let load = Load()
    let acknowledged = try await withThrowingTaskGroup(of: [UInt64].self) { group in
      defer { load.isOver.store(true, ordering: .relaxed) }
      for caller in UInt64(0)..<24 {
        group.addTask { try await Self.write(to: hosts[Int(caller) % 3], caller, load) }
      }
      try await Self.wait(for: 48, load)
      server.process?.stop(SIGQUIT)
      let before = load.count.load(ordering: .relaxed)
      try server.start()
      try await Self.wait(for: before + 48, load)
      load.isOver.store(true, ordering: .relaxed)
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(acknowledged.count >= 96)
    let kept = try await Self.ids(hosts[0])
    #expect(Set(acknowledged.map { id($0) }).isSubset(of: kept))
    #expect(try await hosts[1].verify(against: nil).problem == nil)
    // Service is back without a restart of the hosts.
    for (number, host) in hosts.enumerated() {
      let event = LedgerEvent.posted(
        id(900_000 + UInt64(number)), from: account("world"), to: account("b"), ducats(1))
      #expect(try await host.send(event).outcomes == ["created"])
      await host.close()
    }
    server.process?.stop()
  }

  @Test(arguments: ["fsync", "full_page_writes"])
  func `a server that may lose what it acknowledged is refused by the setting's name`(_ setting: String) throws {
    let server = try PostgresServer()
    let address = try PostgresAddress(server.newDatabase())
    server.process?.stop()
    try server.start(["\(setting)=off"])
    let error = #expect(throws: StoreError.self) { try PostgresLedgerStore(address) }
    #expect(error?.message.contains("\(setting) = off") == true)
    server.process?.stop()
  }

  /// What the callers share.
  private final class Load: Sendable {
    let count = Atomic(0)
    let isOver = Atomic(false)
  }

  /// Sends transfers one after the other; those that were acknowledged. One that wasn't is sent again.
  private static func write(
    to host: PostgresLedgerStore, _ caller: UInt64, _ load: Load
  ) async throws -> [UInt64] {
    var (done, number) = ([UInt64](), caller * 10_000)
    while !load.isOver.load(ordering: .relaxed) {
      let event = LedgerEvent.posted(id(number), from: account("world"), to: account("c:\(caller)"), ducats(1))
      do {
        let outcomes = try await host.send(event).outcomes
        if outcomes != ["created"] && outcomes != ["exists"] { throw StoreError(.corrupt, "\(outcomes)") }
        done.append(number)
        load.count.add(1, ordering: .relaxed)
        number += 1
      } catch let error as StoreError where error.retryAfter != nil {
        try await Task.sleep(for: .milliseconds(50))
      }
    }
    return done
  }

  /// Waits until so many were acknowledged. Throws after two minutes.
  private static func wait(for goal: Int, _ load: Load) async throws {
    for _ in 0..<12_000 where load.count.load(ordering: .relaxed) < goal {
      try await Task.sleep(for: .milliseconds(10))
    }
    if load.count.load(ordering: .relaxed) < goal { throw StoreError(.io, "the hosts acknowledged too little") }
  }

  private static func ids(_ store: PostgresLedgerStore) async throws -> Set<Identifier> {
    var (ids, last) = (Set<Identifier>(), Int64(0))
    while case let page = try await store.rows(after: last, limit: 1_000), let final = page.last {
      ids.formUnion(page.compactMap { Identifier(bytes: $0.id) })
      last = final.sequence
    }
    return ids
  }

  @Test func `a host that stands still while it holds the ledger loses its turn to the others`() async throws {
    let address = try newDatabase()
    let (slow, other) = (
      try PostgresLedgerStore(address, host: "slow"), try PostgresLedgerStore(address, host: "other")
    )
    try await other.fund("alice", 100)
    let (holds, continuation) = AsyncStream.makeStream(of: Void.self)
    let tries = Atomic(0)
    // It stands still until the other host is through, however long that takes.
    let isThrough = DispatchSemaphore(value: 0)
    let late = LateSubmission { (look) throws(StoreError) in
      continuation.yield()
      if tries.add(1, ordering: .relaxed).newValue == 1 { isThrough.wait() }
      return Submission(
        [.event(.posted(id(1), from: account("alice"), to: account("bob"), ducats(10)))], authority: .operator)
    }
    async let stopped = slow.commit(late)
    var iterator = holds.makeAsyncIterator()
    _ = await iterator.next()
    let event = LedgerEvent.posted(id(1), from: account("alice"), to: account("bob"), ducats(10))
    do {
      defer { isThrough.signal() }
      #expect(try await other.send(event).outcomes == ["created"])
    }
    // Its second try, made again, meets what the other one did.
    let outcomes = try? await stopped?.receipt.outcomes
    #expect(outcomes == nil || outcomes == ["exists"])
    #expect(try await other.figures("bob") == [10, 0, 10])
    #expect(try await other.verify(against: nil).problem == nil)
    await slow.close()
    await other.close()
  }
}
