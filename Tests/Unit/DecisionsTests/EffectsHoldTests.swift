import Core
import Decisions
import Ledger
import LuaRuntime
import Testing

struct EffectsHoldTests {
  private static let probe = """
    local function decision(uses, debits, decide)
      return { uses = uses, debits = debits, decide = decide,
        input = { hold = "string", minor = { type = "integer", default = 0 } }, output = { id = "string" } }
    end
    local function amount_of(input)
      return input.minor > 0 and amount("DUC/2", input.minor) or nil
    end
    local settle = function(input, host)
      return { id = host.ledger.settle { hold = input.hold, amount = amount_of(input) }.id }
    end
    local void = function(input, host)
      return { id = host.ledger.void { hold = input.hold }.id }
    end
    return { name = "probe", version = "1.0.0", decisions = {
      ["probe.hold"] = decision({ "ledger.hold" }, { "pot" }, function(input, host)
        return host.ledger.hold { from = "pot", to = "shop", amount = amount_of(input) }
      end),
      ["probe.settle"] = decision({ "ledger.settle" }, { "pot" }, settle),
      ["probe.void"] = decision({ "ledger.void" }, { "pot" }, void),
      ["probe.other"] = decision({ "ledger.settle" }, { "bank" }, settle),
      ["probe.othervoid"] = decision({ "ledger.void" }, { "bank" }, void),
      ["probe.undeclared"] = decision({ "ledger.void" }, { "pot" }, settle),
      ["probe.both"] = decision({ "ledger.hold", "ledger.settle" }, { "pot" }, function(input, host)
        local hold = host.ledger.hold { from = "pot", to = "shop", amount = amount("DUC/2", 10) }
        return { id = host.ledger.settle { hold = hold.id, amount = amount("DUC/2", 4) }.id }
      end),
    } }
    """

  private static func fixture() async throws -> EffectsFixture {
    let fixture = try EffectsFixture(try EffectsFixture.generation(probe))
    try await fixture.give("pot", 500, id: 1)
    return fixture
  }

  /// Holds 100 of the pot and gives the hold's id.
  private static func hold(_ fixture: EffectsFixture, key: UInt64) async throws -> String {
    let reply = await fixture.decide("probe.hold", ["hold": "", "minor": 100], key: key)
    return try #require(reply.body?["result"]?["id"]?.string, "\(reply)")
  }

  @Test func `a rule settles a hold in part, and the rest is released`() async throws {
    let fixture = try await Self.fixture()
    let hold = try await Self.hold(fixture, key: 1)
    #expect(try await fixture.available("pot") == 400)
    let settled = await fixture.decide("probe.settle", ["hold": .string(hold), "minor": 60], key: 2)
    #expect(settled.body != nil, "\(settled)")
    #expect(try await fixture.available("pot") == 440)
    #expect(try await fixture.available("shop") == 60)
    let again = await fixture.decide("probe.settle", ["hold": .string(hold)], key: 3)
    #expect(again.failure?.reason == "pending_transfer_already_posted", "\(again)")
    let void = await fixture.decide("probe.void", ["hold": .string(hold)], key: 4)
    #expect(void.failure?.reason == "pending_transfer_already_posted", "\(void)")
    await fixture.decisions.stop()
  }

  @Test func `a rule settles the whole of a hold, or voids it`() async throws {
    let fixture = try await Self.fixture()
    let first = try await Self.hold(fixture, key: 1)
    let second = try await Self.hold(fixture, key: 2)
    #expect(await fixture.decide("probe.settle", ["hold": .string(first)], key: 3).body != nil)
    #expect(await fixture.decide("probe.void", ["hold": .string(second)], key: 4).body != nil)
    #expect(try await fixture.available("pot") == 400)
    #expect(try await fixture.available("shop") == 100)
    await fixture.decisions.stop()
  }

  @Test func `more than was held is refused, and the hold stays`() async throws {
    let fixture = try await Self.fixture()
    let hold = try await Self.hold(fixture, key: 1)
    let reply = await fixture.decide("probe.settle", ["hold": .string(hold), "minor": 101], key: 2)
    #expect(reply.failure?.reason == "exceeds_pending_transfer_amount", "\(reply)")
    #expect(await fixture.store.openHolds().count == 1)
    await fixture.decisions.stop()
  }

  @Test func `a hold of an account that isn't in 'debits' is neither settled nor voided`() async throws {
    let fixture = try await Self.fixture()
    let hold = try await Self.hold(fixture, key: 1)
    for (key, point) in zip([2, 3, 4] as [UInt64], ["probe.other", "probe.othervoid", "probe.undeclared"]) {
      let reply = await fixture.decide(point, ["hold": .string(hold)], key: key)
      #expect(reply.failure?.code == .forbidden, "\(reply)")
    }
    #expect(await fixture.store.openHolds().count == 1)
    await fixture.decisions.stop()
  }

  @Test func `a hold that isn't there is refused, and so is a transfer that is no hold`() async throws {
    let fixture = try await Self.fixture()
    let absent = await fixture.decide(
      "probe.settle", ["hold": "018bcfe5-6800-7000-8000-00000000ffff"], key: 1)
    #expect(absent.failure?.reason == "pending_transfer_not_found", "\(absent)")
    #expect(try await fixture.record(1).failure?.reason == "pending_transfer_not_found")
    let hold = try await Self.hold(fixture, key: 2)
    let settled = await fixture.decide("probe.settle", ["hold": .string(hold)], key: 3)
    let transfer = try #require(settled.body?["result"]?["id"])
    let posted = await fixture.decide("probe.settle", ["hold": transfer], key: 4)
    #expect(posted.failure?.reason == "pending_transfer_not_pending", "\(posted)")
    let nonsense = await fixture.decide("probe.settle", ["hold": "nonsense"], key: 5)
    #expect(nonsense.failure?.code == .runtime, "\(nonsense)")
    await fixture.decisions.stop()
  }

  @Test func `a rule settles a hold of its own run`() async throws {
    let fixture = try await Self.fixture()
    let reply = await fixture.decide("probe.both", ["hold": ""], key: 1)
    #expect(reply.body != nil, "\(reply)")
    #expect(try await fixture.available("pot") == 496)
    #expect(try await fixture.available("shop") == 4)
    await fixture.decisions.stop()
  }
}
