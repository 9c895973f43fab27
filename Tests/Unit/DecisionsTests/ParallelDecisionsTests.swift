import Core
import Decisions
import Ledger
import LuaRuntime
import Rulebook
import Synchronization
import Testing

/// Many decisions with effects at once.
struct ParallelDecisionsTests {
  private static let probe = """
    local ducat = "DUC/2"
    return { name = "probe", version = "1.0.0", decisions = {
      ["probe.take"] = {
        input = { from = "account", to = "account" }, output = { left = "amount" },
        uses = { "ledger.balance", "ledger.post" }, debits = { "pot", "pot:*" },
        decide = function(input, host)
          local has = host.ledger.balance(input.from)
          local one = amount(ducat, 1)
          host.ledger.post { from = input.from, to = input.to, amount = one }
          return { left = has - one }
        end },
      ["probe.borrow"] = {
        input = {}, output = { overdrafts = { list = { record = { account = "account", limit = "amount" } } } },
        uses = { "ledger.post" }, debits = { "uplift:*" },
        decide = function(_, host)
          host.ledger.post { from = "uplift:day", to = "shop", amount = amount(ducat, 1) }
          return { overdrafts = { { account = "uplift:day", limit = amount(ducat, 1000) } } }
        end },
      ["probe.spin"] = {
        input = {}, output = { done = "boolean" }, uses = { "ledger.post" }, debits = { "pot" },
        decide = function(_, host)
          for i = 1, 2000000 do end
          host.ledger.post { from = "pot", to = "shop", amount = amount(ducat, 1) }
          return { done = true }
        end },
      ["probe.figure"] = {
        input = {}, output = { figure = "number", whole = "number" }, uses = { "ledger.post" }, debits = {},
        decide = function() return { figure = 0.0001, whole = 100000.0 } end },
    } }
    """

  private static func fixture(
    _ wrap: (MemoryLedgerStore) -> any LedgerStore = { $0 }, deadline: Duration = .seconds(120)
  ) throws -> EffectsFixture {
    var limits = EffectLimits()
    limits.run.deadline = .seconds(120)
    limits.deadline = deadline
    limits.threads = 3
    return try EffectsFixture(EffectsFixture.generation(probe), wrap: wrap, limits: limits)
  }

  /// Takes 1 from the account `from`, under as many keys at once.
  private static func takeAll(
    _ fixture: EffectsFixture, keys: Range<UInt64>, from: @escaping @Sendable (UInt64) -> String
  ) async -> [Told] {
    await withTaskGroup(of: Told.self) { group in
      for key in keys {
        group.addTask { await fixture.decide("probe.take", ["from": .string(from(key)), "to": "shop"], key: key) }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
  }

  @Test func `sixty-four on one hot account all get through, with exact sums`() async throws {
    let fixture = try Self.fixture()
    try await fixture.give("pot", 1_000, id: 1)
    let told = await Self.takeAll(fixture, keys: 1..<65) { _ in "pot" }
    let left = told.compactMap { $0.body?["result"]?["left"]?["minor"]?.integer }
    // Each saw what the one before it had left.
    #expect(left.sorted() == Array(936...999))
    #expect(try await fixture.available("pot") == 936)
    #expect(try await fixture.available("shop") == 64)
    await fixture.decisions.stop()
  }

  @Test func `decisions on many accounts share commits`() async throws {
    let store = Mutex<GatheringStore?>(nil)
    let fixture = try Self.fixture { memory in
      let gathering = GatheringStore(memory, together: 16)
      store.withLock { $0 = gathering }
      return gathering
    }
    for key in 1..<65 as Range<UInt64> { try await fixture.give("pot:\(key)", 10, id: key) }
    let told = await Self.takeAll(fixture, keys: 1..<65) { "pot:\($0)" }
    #expect(told.allSatisfy { $0.body?["result"]?["left"]?["minor"] == 9 })
    #expect(try await fixture.available("shop") == 64)
    #expect(await store.withLock { $0 }?.commits == 4)
    await fixture.decisions.stop()
  }

  @Test func `the same key from many at once is one decision with one answer`() async throws {
    let fixture = try Self.fixture()
    try await fixture.give("pot", 1_000, id: 1)
    let told = await withTaskGroup(of: Told.self) { group in
      for _ in 0..<32 {
        group.addTask { await fixture.decide("probe.take", ["from": "pot", "to": "shop"], key: 1) }
      }
      return await group.reduce(into: [Told]()) { $0.append($1) }
    }
    #expect(Set(told.compactMap(\.bytes)).count == 1)
    #expect(told.filter { $0.isRepeat == false }.count == 1)
    #expect(told.filter { $0.isRepeat == true }.count == 31)
    #expect(try await fixture.available("pot") == 999)
    await fixture.decisions.stop()
  }

  @Test func `after its deadline a decision that met a conflict is refused, and its key is free`() async throws {
    let fixture = try Self.fixture({ MeddledStore($0, account: "pot", changes: 1) }, deadline: .zero)
    try await fixture.give("pot", 1_000, id: 1)
    let refused = await fixture.decide("probe.take", ["from": "pot", "to": "shop"], key: 1)
    #expect(refused.failure?.code == .conflict)
    #expect(try await fixture.available("shop") == nil)
    #expect(await fixture.decide("probe.take", ["from": "pot", "to": "shop"], key: 1).body != nil)
    await fixture.decisions.stop()
  }

  @Test func `accounts that the host opens for many at once are opened once`() async throws {
    let fixture = try Self.fixture()
    let told = await withTaskGroup(of: Told.self) { group in
      for key in 1..<17 as Range<UInt64> {
        group.addTask { await fixture.decide("probe.borrow", [:], key: key, booking: .overdrafts) }
      }
      return await group.reduce(into: [Told]()) { $0.append($1) }
    }
    #expect(told.allSatisfy { $0.body != nil }, "\(told)")
    #expect(try await fixture.available("uplift:day") == -16)
    await fixture.decisions.stop()
  }

  @Test func `a stop waits for what is under way, and then nothing is decided`() async throws {
    let fixture = try Self.fixture()
    try await fixture.give("pot", 1_000, id: 1)
    let running = (1..<5 as Range<UInt64>).map { key in Task { await fixture.decide("probe.spin", [:], key: key) } }
    while fixture.decisions.underWay < 4 { await Task.yield() }
    await fixture.decisions.stop()
    for task in running { #expect(await task.value.body != nil) }
    #expect(try await fixture.available("shop") == 4)
    #expect(await fixture.decide("probe.spin", [:], key: 9) == .unavailable("the host is stopping"))
    await fixture.decisions.stop()
  }

  @Test func `a repeat answers the first answer's bytes, which are the record's`() async throws {
    let fixture = try Self.fixture()
    let first = await fixture.decide("probe.figure", [:], key: 1)
    let again = await fixture.decide("probe.figure", [:], key: 1)
    let bytes = try #require(first.bytes)
    #expect(first.isRepeat == false && again.isRepeat == true && again.bytes == bytes)
    let stored = await fixture.store.record(EffectsFixture.key(1))
    let record = try #require(stored)
    let result = bytes.suffix(from: try #require(bytes.firstRange(of: Array(#""result":"#.utf8))).lowerBound).dropLast()
    #expect(record.firstRange(of: Array(result)) != nil)
    #expect(RecordedDecision(bytes: record)?.json.bytes == (try JSON(parsing: record)).bytes)
    let replay = RecordedRun.replay(try #require(RecordedDecision(bytes: record)), by: fixture.generation.rulebook)
    #expect(replay.verdict == .same && replay.answer == bytes)
    await fixture.decisions.stop()
  }
}

/// A ledger that commits only when so many submissions wait, all of them at once: one commit each time.
private actor GatheringStore: ForwardingStore {
  let store: MemoryLedgerStore
  private let together: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []
  /// How often everything that waited was committed.
  private(set) var commits = 0

  init(_ store: MemoryLedgerStore, together: Int) {
    self.store = store
    self.together = together
  }

  func commit(_ submission: Submission) async throws(StoreError) -> Committed {
    await withCheckedContinuation { continuation in
      waiting.append(continuation)
      if waiting.count < together { return }
      commits += 1
      for one in waiting { one.resume() }
      waiting = []
    }
    return try await store.commit(submission)
  }
}
