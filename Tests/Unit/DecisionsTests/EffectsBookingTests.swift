import Core
import Decisions
import Ledger
import LuaRuntime
import Testing

struct EffectsBookingTests {
  private static let probe = """
    local function decision(from, minor)
      return { uses = { "ledger.post" }, debits = { "pot" },
        input = {}, output = { clearing = "account" }, decide = function(input, host)
          host.ledger.post { from = from, to = "shop", amount = amount("DUC/2", minor) }
          return { clearing = "pot" }
        end }
    end
    return { name = "probe", version = "1.0.0", decisions = {
      ["probe.share"] = decision("pot", 60),
      ["probe.over"] = decision("pot", 101),
      ["probe.world"] = decision("world", 1),
      ["probe.nowhere"] = { uses = { "ledger.post" }, debits = {}, input = {}, output = { clearing = "string" },
        decide = function() return { clearing = "no account" } end },
      ["probe.owing"] = { uses = { "ledger.post" }, debits = {}, input = {},
        output = { overdrafts = { list = { record = { account = "account", limit = "amount" } } } },
        decide = function()
          return { overdrafts = { { account = "uplift:anna", limit = amount("DUC/2", 5) } } }
        end },
    } }
    """

  /// 100 from `world` to the account that the rule names.
  private static let income = Asset("DUC/2").map {
    HostBooking.collected(Amount(100, $0), reference: "", metadata: [:])
  }

  private static func decide(
    _ fixture: EffectsFixture, _ point: String, key: UInt64, booking: HostBooking? = income
  ) async -> Told {
    await fixture.decide(point, [:], key: key, booking: booking)
  }

  @Test func `what the host books stands before what the rule intends, in one chain`() async throws {
    let fixture = try EffectsFixture(try EffectsFixture.generation(Self.probe))
    let reply = await Self.decide(fixture, "probe.share", key: 1)
    #expect(reply.body != nil, "\(reply)")
    #expect(try await fixture.available("pot") == 40)
    #expect(try await fixture.available("shop") == 60)
    #expect(try await fixture.record(1).effects.count == 2)
    // Again under the same key: nothing more comes in.
    _ = await Self.decide(fixture, "probe.share", key: 1)
    #expect(try await fixture.available("pot") == 40)
    await fixture.decisions.stop()
  }

  @Test func `when the rule's transfer is refused, the host's is not there either`() async throws {
    let fixture = try EffectsFixture(try EffectsFixture.generation(Self.probe))
    #expect(await Self.decide(fixture, "probe.over", key: 1).failure?.reason == "exceeds_credits")
    #expect(await fixture.store.allAccounts().isEmpty)
    #expect(await Self.decide(fixture, "probe.share", key: 2, booking: nil).failure?.reason == "exceeds_credits")
    await fixture.decisions.stop()
  }

  @Test func `beside the host's booking a rule may still not debit world`() async throws {
    let fixture = try EffectsFixture(try EffectsFixture.generation(Self.probe))
    #expect(await Self.decide(fixture, "probe.world", key: 1).failure?.code == .forbidden)
    #expect(await fixture.store.allAccounts().isEmpty)
    await fixture.decisions.stop()
  }

  @Test func `a result that the host can't carry out fails the decision, and the ledger's refusal says so`()
    async throws
  {
    let fixture = try EffectsFixture(try EffectsFixture.generation(Self.probe))
    let refused = await Self.decide(fixture, "probe.nowhere", key: 1)
    #expect(refused.failure?.code == .invalidOutput)
    #expect(refused.failure?.message == "field 'clearing' must be an account's name")
    let blind = try EffectsFixture(
      try EffectsFixture.generation(Self.probe), wrap: { MeddledStore($0, changes: 0, isBlind: true) })
    guard case .unavailable = await Self.decide(blind, "probe.owing", key: 2, booking: .overdrafts) else {
      Issue.record("it was decided")
      return
    }
    await blind.decisions.stop()
    let closing = LedgerEvent.account(EffectsFixture.key(98), try #require(AccountName("pot")), isClosed: true)
    let closed = try await fixture.store.commit(Submission([.event(closing)], authority: .operator)).receipt
    #expect(closed.refusal == nil)
    let failed = await Self.decide(fixture, "probe.share", key: 3)
    #expect(failed.failure?.message.contains("what the host books, 1 of 1") == true, "\(failed)")
    #expect(try await fixture.record(3).failure?.code == .refused)
    await fixture.decisions.stop()
  }
}
