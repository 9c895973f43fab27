import Core
import Decisions
import Ledger
import LuaRuntime
import Rulebook
import Testing

struct EffectsTests {
  private static func citizens(_ count: Int) -> JSON {
    let all: [JSON] = (0..<count).map { number in
      ["username": .string("c\(number)"), "social_class": .string(["Nobili", "Facchini", "Clero"][number % 3])]
    }
    return ["citizens": .array(all)]
  }

  @Test func `a sprint is funded, spent and refused when it is funded twice`() async throws {
    let fixture = try EffectsFixture()
    try await fixture.give("sprint:backing", 50_000_000, id: 1)
    let funded = await fixture.decide("sprint.fund", ["sprint": "one"], key: 1)
    #expect(funded.body?["result"]?["budget"]?["minor"] == 20_000_000)
    #expect(try await fixture.available("sprint:one:team") == 15_000_000)
    let spent = await fixture.decide(
      "sprint.spend",
      [
        "sprint": "one", "envelope": "team", "week": 1, "reason": "wages", "payee": "citizen:anna",
        "amount": ["asset": "DUC/2", "minor": 100],
      ], key: 2)
    #expect(spent.body?["result"]?["left"]?["minor"] == 14_999_900)
    let again = await fixture.decide("sprint.fund", ["sprint": "one"], key: 3)
    #expect(again.failure?.reason == "already_funded")
    #expect(try await fixture.available("sprint:backing") == 30_000_000)
    #expect(try await fixture.available("sprint:one:funding") == 0)
    #expect(try await fixture.record(3).failure?.code == .refused)
    await fixture.decisions.stop()
  }

  @Test func `a sprint is spent to no sprint, and what was given to an envelope doesn't keep it from its funding`()
    async throws
  {
    let fixture = try EffectsFixture()
    try await fixture.give("sprint:backing", 50_000_000, id: 1)
    try await fixture.give("sprint:two:team", 1, id: 2)
    _ = await fixture.decide("sprint.fund", ["sprint": "one"], key: 1)
    for (place, payee) in ["sprint:one:quality", "sprint:two:team", "sprint:two:funding"].enumerated() {
      let spent = await fixture.decide(
        "sprint.spend",
        [
          "sprint": "one", "envelope": "team", "week": 1, "reason": "wages", "payee": .string(payee),
          "amount": ["asset": "DUC/2", "minor": 1],
        ], key: 10 + UInt64(place))
      #expect(spent.failure?.reason == "not_a_payee", "\(payee)")
    }
    let unfunded = await fixture.decide("sprint.burndown", ["sprint": "two", "week": 1], key: 20)
    #expect(unfunded.failure?.reason == "not_funded")
    let funded = await fixture.decide("sprint.fund", ["sprint": "two"], key: 21)
    #expect(funded.body?["result"]?["budget"]?["minor"] == 20_000_000)
    #expect(try await fixture.available("sprint:two:team") == 15_000_001)
    #expect(try await fixture.available("sprint:backing") == 10_000_000)
    let again = await fixture.decide("sprint.fund", ["sprint": "two"], key: 22)
    #expect(again.failure?.reason == "already_funded")
    await fixture.decisions.stop()
  }

  @Test func `a redistribution to ten thousand citizens is one chain with exact sums`() async throws {
    let fixture = try EffectsFixture()
    try await fixture.give("treasury", 10_000_000_000, id: 1)
    let reply = await fixture.decide("treasury.redistribute", Self.citizens(10_000), key: 1)
    guard case .decided(let bytes, false) = reply else {
      Issue.record("\(reply)")
      return
    }
    let result = try JSON(parsing: bytes, limits: RecordLimits.parsing)["result"]
    let paid = try #require(result?["paid"]?["minor"]?.integer)
    let left = try #require(try await fixture.available("treasury"))
    #expect(paid + left == 10_000_000_000)
    let accounts = await fixture.store.allAccounts().filter { $0.name.text.hasPrefix("citizen:") }
    #expect(accounts.count == 10_000)
    #expect(accounts.reduce(0) { $0 + $1.balances.available } == paid)
    #expect(await fixture.store.head().sequence == 10_001)
    #expect(try await fixture.record(1).effects.count == 10_000)
    await fixture.decisions.stop()
  }

  @Test func `the same key answers the same bytes, and another input under it is refused`() async throws {
    let fixture = try EffectsFixture()
    try await fixture.give("sprint:backing", 50_000_000, id: 1)
    guard case .decided(let first, false) = await fixture.decide("sprint.fund", ["sprint": "one"], key: 1),
      case .decided(let second, true) = await fixture.decide("sprint.fund", ["sprint": "one"], key: 1)
    else {
      Issue.record("not decided twice")
      return
    }
    #expect(first == second)
    #expect(await fixture.store.head().sequence == 5)
    guard case .keyReused = await fixture.decide("sprint.fund", ["sprint": "two"], key: 1) else {
      Issue.record("another input was taken")
      return
    }
    await fixture.decisions.stop()
  }

  @Test func `what changed while a rule ran makes it run again, and after its deadline is a conflict`() async throws {
    for (changes, deadline) in [(2, Duration.seconds(120)), (9, .seconds(120)), (9, .zero)] {
      var limits = EffectLimits()
      (limits.run.deadline, limits.deadline) = (.seconds(120), deadline)
      let fixture = try EffectsFixture(wrap: { MeddledStore($0, changes: changes) }, limits: limits)
      try await fixture.give("sprint:backing", 50_000_000, id: 1)
      let reply = await fixture.decide("sprint.fund", ["sprint": "one"], key: 1)
      if deadline > .zero {
        // The third run is the last: the writer waited for it.
        #expect(reply.body != nil, "\(reply)")
        #expect(try await fixture.available("sprint:backing") == 30_000_000 + Int64(min(changes, 3)))
      } else {
        #expect(reply.failure?.code == .conflict, "\(reply)")
        #expect(try await fixture.available("sprint:one:team") == nil)
      }
      await fixture.decisions.stop()
    }
  }

  private static let probe = """
    local function post(from, to, minor)
      return function(input, host)
        host.ledger.post { from = "pot", to = "first", amount = amount("DUC/2", 1) }
        host.ledger.post { from = from, to = to, amount = amount("DUC/2", minor) }
        return { done = true }
      end
    end
    local function decision(decide, debits)
      return { uses = { "ledger.post", "ledger.balance", "token.sign" }, debits = debits,
        input = {}, output = { done = "boolean" }, decide = decide }
    end
    return { name = "probe", version = "1.0.0", decisions = {
      ["probe.over"] = decision(post("pot", "second", 1000), { "pot" }),
      ["probe.other"] = decision(post("bank", "second", 1), { "pot" }),
      ["probe.world"] = decision(post("world", "second", 1), { "pot" }),
      ["probe.token"] = decision(function(input, host)
        host.token.sign { purpose = "p", claims = {} }
        return { done = true }
      end, {}),
      ["probe.many"] = decision(function(input, host)
        for i = 1, 9 do host.ledger.balance("account:" .. i) end
        return { done = true }
      end, {}),
    } }
    """

  @Test func `a refused transfer leaves balances untouched and only the record of the failure`() async throws {
    let fixture = try EffectsFixture(try EffectsFixture.generation(Self.probe))
    try await fixture.give("pot", 500, id: 1)
    let before = await fixture.store.allAccounts()
    let reply = await fixture.decide("probe.over", [:], key: 1)
    #expect(reply.failure?.code == .refused)
    #expect(reply.failure?.reason == "exceeds_credits")
    #expect(await fixture.store.allAccounts() == before)
    #expect(try await fixture.record(1).effects == [])
    let again = await fixture.decide("probe.over", [:], key: 1)
    #expect(again.failure == reply.failure)
    await fixture.decisions.stop()
  }

  @Test func `what is not declared is forbidden, and what is not there says so`() async throws {
    let fixture = try EffectsFixture(try EffectsFixture.generation(Self.probe))
    try await fixture.give("pot", 500, id: 1)
    #expect(await fixture.decide("probe.other", [:], key: 1).failure?.code == .forbidden)
    #expect(await fixture.decide("probe.world", [:], key: 2).failure?.code == .forbidden)
    let token = await fixture.decide("probe.token", [:], key: 3).failure
    #expect(token?.message.contains("identity is not available") == true)
    let many = await fixture.decide("probe.many", [:], key: 4).failure
    #expect(many?.message.contains("more than 8 accounts and holds") == true)
    #expect(await fixture.decide("probe.none", [:], key: 5).failure?.code == .unknownDecision)
    #expect(try await fixture.available("pot") == 500)
    await fixture.decisions.stop()
  }

  @Test func `a recorded decision gives the same again without a ledger`() async throws {
    let fixture = try EffectsFixture()
    try await fixture.give("sprint:backing", 50_000_000, id: 1)
    _ = await fixture.decide("sprint.fund", ["sprint": "one"], key: 1)
    _ = await fixture.decide("sprint.fund", ["sprint": "one"], key: 2)
    for key in [1, 2] as [UInt64] {
      let record = try await fixture.record(key)
      #expect(RecordedRun.replay(record, by: fixture.generation.rulebook).verdict == .same)
      var forged = record
      forged.calls.removeFirst()
      #expect(RecordedRun.replay(forged, by: fixture.generation.rulebook).verdict != .same)
    }
    await fixture.decisions.stop()
  }
}
