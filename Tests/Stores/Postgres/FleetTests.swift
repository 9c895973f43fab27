internal import Core
internal import Decisions
internal import Foundation
internal import Ledger
internal import Rulebook
internal import StoreConformance
internal import StorePostgres
internal import Synchronization
internal import Testing

/// Several hosts on one database decide by one generation.
@Suite(.serialized)
struct FleetTests {
  private let reloads = ProcessInfo.processInfo.environment["CASCADE_FLEET_RELOADS"].flatMap { Int($0) } ?? 20

  private func fleet(_ address: PostgresAddress, _ count: Int) async throws -> [FleetHost] {
    var hosts: [FleetHost] = []
    for number in 1...count { hosts.append(try await FleetHost(address, "host\(number)", marker: 1)) }
    try await hosts[0].ledger.fund("pot", 1_000_000_000)
    return hosts
  }

  @Test func `only the very first start reads files; what the store says decides then, under its number`() async throws
  {
    let address = try newDatabase()
    let first = try await FleetHost(address, "one", marker: 1)
    let second = try await FleetHost(address, "two", marker: 2)
    #expect(first.host.generation.number == 1)
    #expect(second.host.generation.number == 1)
    #expect(try await second.look().markers == [1, 1])
    try await second.stop()
    let again = try await FleetHost(address, "two", marker: 3)
    #expect(again.host.generation.number == 1)
    #expect(try await again.look().markers == [1, 1])
    for host in [first, again] { try await host.stop() }
  }

  @Test func `two hosts that are the very first at once decide by the files of one`() async throws {
    let address = try newDatabase()
    await #expect(throws: Never.self) {
      async let one = FleetHost(address, "one", marker: 1)
      async let two = FleetHost(address, "two", marker: 2)
      let hosts = try await [one, two]
      #expect(hosts[0].host.generation.number == hosts[1].host.generation.number)
      #expect(try await hosts[0].look().markers == hosts[1].look().markers)
      for host in hosts { try await host.stop() }
    }
  }

  @Test func `a reload has reached every host when it answers, and a rollback too`() async throws {
    let hosts = try await fleet(newDatabase(), 3)
    let number = try await hosts[1].reload(2)
    for host in hosts {
      let (markers, decided) = try await host.look()
      #expect(markers == [2, 2] && decided.generation == number && !decided.isStale)
    }
    let back = try await hosts[2].host.rollback().generation
    for host in hosts {
      #expect(try await host.look().markers == [1, 1])
      #expect(host.host.generation.number == back)
    }
    // There is nothing earlier on any host.
    for host in hosts {
      await #expect(throws: RulebookRejected.self) { try await host.host.rollback() }
    }
    for host in hosts { try await host.stop() }
  }

  @Test func `two reloads at once both decide, one after the other, on all hosts`() async throws {
    let address = try newDatabase()
    let hosts = try await fleet(address, 3)
    for round in 1...5 {
      async let first = hosts[0].reload(10 * round + 1)
      async let second = hosts[1].reload(10 * round + 2)
      let numbers = try await [first, second]
      let last = try #require(numbers.max())
      var seen: Set<[Int64?]> = []
      for host in hosts {
        #expect(host.host.generation.number == last)
        seen.insert(try await host.look().markers)
      }
      let (one, two) = (Int64(10 * round + 1), Int64(10 * round + 2))
      #expect(seen == [[one, one]] || seen == [[two, two]])
    }
    // Each of them decided for a while.
    let store = try PostgresRulebookStore(address)
    #expect(try await store.activations(limit: 100).count == 11)
    await store.close()
    for host in hosts { try await host.stop() }
  }

  @Test func `reloads on all hosts under load leave no answer by two generations and no effect under an old one`()
    async throws
  {
    let address = try newDatabase()
    let hosts = try await fleet(address, 3)
    let load = Load()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for host in hosts {
        group.addTask {
          while !load.isOver {
            let least = load.promised
            let (markers, decided) = try await host.look()
            #expect(markers[0] == markers[1])
            #expect(decided.isStale || decided.generation >= least)
            load.answered(payment: false)
          }
        }
        group.addTask {
          while !load.isOver {
            _ = try await host.pay()
            load.answered(payment: true)
          }
        }
      }
      for marker in 2...(reloads + 1) {
        let number = try await hosts[marker % 3].reload(marker)
        load.promise(number)
      }
      load.end()
      try await group.waitForAll()
    }
    let counts = load.counts
    print("\(reloads) reloads: \(counts.looks) answers, \(counts.payments) payments")
    #expect(counts.payments > reloads)
    try await expectEachEffectWasDecidedByWhatWasInForce(address, hosts[0].ledger)
    for host in hosts { try await host.stop() }
  }

  /// Holds every payment in the ledger against the entries between which its generation decided.
  private func expectEachEffectWasDecidedByWhatWasInForce(
    _ address: PostgresAddress, _ ledger: LedgerProjection
  ) async throws {
    let store = try PostgresRulebookStore(address)
    let activations = try await store.activations(limit: 10_000).reversed()
    await store.close()
    var last: Int64 = 0
    var checked = 0
    while case let rows = try await ledger.rows(after: last, limit: 1_000), let final = rows.last {
      last = final.sequence
      for row in rows {
        let entry = try row.read().entry
        guard let key = Identifier(entry.idempotencyKey),
          let record = try await ledger.record(key).flatMap({ RecordedDecision(bytes: $0) })
        else { continue }
        let inForce = activations.last { $0.sequence < entry.sequence }
        #expect(inForce?.activation.number == record.generation, "entry \(entry.sequence)")
        checked += 1
      }
    }
    #expect(checked > 0)
  }

  @Test func `a host that can't load what is to be activated has the reload refused, by name and reason`() async throws
  {
    let address = try newDatabase()
    let good = try await FleetHost(address, "good", marker: 1)
    let bad = try await FleetHost(address, "bad", marker: 1) { LosingRulebooks($0) }
    let rejected = await #expect(throws: RulebookRejected.self) { try await good.reload(2) }
    #expect(rejected?.errors.first?.code == .hostRefused)
    #expect(rejected?.description.contains("the host bad can't load it") == true)
    #expect(rejected?.description.contains("its disk is gone") == true)
    for host in [good, bad] {
      #expect(host.host.generation.number == 1)
      #expect(try await host.look().markers == [1, 1])
    }
    try await bad.stop()
    // Whoever left in order is asked no more.
    #expect(try await good.reload(2) > 1)
    try await good.stop()
  }

  @Test func `a host that can't load what is in force is fenced: no effects, and its lease ends`() async throws {
    let address = try newDatabase()
    let good = try await FleetHost(address, "good", marker: 1)
    let bad = try await FleetHost(address, "bad", marker: 1, staleAfter: .zero) { LosingRulebooks($0) }
    try await good.ledger.fund("pot", 1_000)
    // What was in force before waits for nobody.
    try good.rules.mark(2)
    let snapshot = try RulebookLoader.read(directory: good.rules.path)
    let store = try PostgresRulebookStore(address)
    _ = try await store.stage(snapshot)
    try await good.host.activate(snapshot.digest, isNew: false) {}
    #expect(try await good.look().markers == [2, 2])
    #expect(try await becomes { bad.member.problem?.contains("can't load it") == true })
    #expect(bad.host.doubt?.contains("can't load it") == true)
    // Its effects would be those of the old generation: they wait for the new one, and end refused with its lease.
    let head = try await good.ledger.head()
    #expect(try await becomes { bad.member.lease.standing == .over })
    await #expect(throws: DecisionFailure.self) { try await bad.pay() }
    await #expect(throws: DecisionFailure.self) { try await bad.look() }
    #expect(bad.host.unreadiness != nil)
    #expect(try await good.ledger.head() == head)
    await store.close()
    for host in [good, bad] { try await host.stop() }
  }

  @Test func `a host that is cut off answers stale, then no more, and a reload waits for its lease alone`() async throws
  {
    let address = try newDatabase()
    let hosts = try await fleet(address, 2)
    hosts[1].cutOff()
    async let number = hosts[0].reload(2)
    #expect(try await becomes { hosts[1].member.lease.standing == .stale })
    let (markers, decided) = try await hosts[1].look()
    #expect(markers == [1, 1] && decided.isStale)
    await #expect(throws: DecisionFailure.self) { try await hosts[1].pay() }
    #expect(try await number > 1)
    #expect(try await hosts[0].look().markers == [2, 2])
    #expect(!(try await hosts[0].look().decided.isStale))
    hosts[1].goOn()
    #expect(try await becomes { hosts[1].member.lease.standing == .held })
    #expect(try await hosts[1].look().markers == [2, 2])
    _ = try await hosts[1].pay()
    for host in hosts { try await host.stop() }
  }

  @Test func `no two live hosts have one name, and the same seat's next process has it at once`() async throws {
    let address = try newDatabase()
    let one = try await FleetHost(address, "one", marker: 1)
    await #expect(throws: StoreError.self) { try await FleetHost(address, "one", marker: 1) }
    #expect(try await one.look().markers == [1, 1])
    try await one.stop()
    let next = try await FleetHost(address, "one", marker: 1)
    try await next.stop()
  }
}

/// Load on hosts, what was answered, and what a reload has promised.
private final class Load: Sendable {
  private let state = Mutex((isOver: false, promised: 1, looks: 0, payments: 0))

  var isOver: Bool { state.withLock { $0.isOver } }
  /// The generation that decides on all hosts at least.
  var promised: Int { state.withLock { $0.promised } }
  var counts: (looks: Int, payments: Int) { state.withLock { ($0.looks, $0.payments) } }

  func promise(_ generation: Int) { state.withLock { $0.promised = max($0.promised, generation) } }
  func end() { state.withLock { $0.isOver = true } }
  func answered(payment: Bool) {
    state.withLock { state in
      if payment { state.payments += 1 } else { state.looks += 1 }
    }
  }
}

/// Rulebooks that can be kept and not be read back, but for what decided first.
private struct LosingRulebooks: RulebookStore {
  let store: PostgresRulebookStore

  init(_ store: PostgresRulebookStore) { self.store = store }

  func stage(_ snapshot: RulebookSnapshot) async throws(StoreError) -> Int { try await store.stage(snapshot) }
  func snapshot(_ digest: String) async throws(StoreError) -> RulebookSnapshot? {
    guard try await store.current()?.number == 1, try await store.current()?.digest == digest else {
      throw StoreError(.io, "its disk is gone")
    }
    return try await store.snapshot(digest)
  }
  func activate(_ activation: RulebookActivation) async throws(StoreError) { try await store.activate(activation) }
  func begin(_ activation: RulebookActivation) async throws(StoreError) { try await store.begin(activation) }
  func current() async throws(StoreError) -> RulebookActivation? { try await store.current() }
}
