import CascadeHost
import Core
import Ledger
import LuaRuntime
import Testing

struct EffectsBookingTests {
  private static let probe = """
    local function decision(from, minor)
      return { uses = { "ledger.post" }, debits = { "pot", "world" },
        input = {}, output = { pot = "account" }, decide = function(input, host)
          host.ledger.post { from = from, to = "shop", amount = amount("DUC/2", minor) }
          return { pot = "pot" }
        end }
    end
    return { name = "probe", version = "1.0.0", decisions = {
      ["probe.share"] = decision("pot", 60),
      ["probe.over"] = decision("pot", 101),
      ["probe.world"] = decision("world", 1),
    } }
    """

  /// 100 from `world` to the account that the rule names.
  private static let income = HostBooking { (result) async throws(HostBookingError) in
    guard let pot = result["pot"]?.string.flatMap({ AccountName($0) }), let world = AccountName("world"),
      let ducat = Asset("DUC/2")
    else { throw .result("no pot") }
    return [
      .posted(Identifier(high: 0x018B_CFE5_6800_7000, low: 1 << 63 | 99), from: world, to: pot, Amount(100, ducat))
    ]
  }

  private static func decide(
    _ fixture: EffectsFixture, _ point: String, key: UInt64, booking: HostBooking? = income
  ) async -> EffectfulReply {
    let key = Identifier(high: 0x018B_CFE5_6800_7000, low: 1 << 63 | key)
    let body = Array(#"{"input":{}}"#.utf8)
    return await fixture.decisions.decide(EffectfulRequest(point: point, body: body, key: key, booking: booking))
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
    let unwilling = HostBooking { (_) async throws(HostBookingError) in throw .result("no such pot") }
    let refused = await Self.decide(fixture, "probe.share", key: 1, booking: unwilling)
    #expect(refused.failure?.code == .invalidOutput)
    #expect(refused.failure?.message == "no such pot")
    let blind = HostBooking { (_) async throws(HostBookingError) in throw .ledger(StoreError(.io, "gone")) }
    guard case .unavailable = await Self.decide(fixture, "probe.share", key: 2, booking: blind) else {
      Issue.record("it was decided")
      return
    }
    let world = try #require(AccountName("world"))
    let floored = HostBooking { (_) async throws(HostBookingError) in
      [.account(Identifier(high: 0x018B_CFE5_6800_7000, low: 1 << 63 | 98), world, floor: -1)]
    }
    let failed = await Self.decide(fixture, "probe.share", key: 3, booking: floored)
    #expect(failed.failure?.message.contains("what the host books, 1 of 1") == true, "\(failed)")
    #expect(try await fixture.record(3).failure?.code == .refused)
    await fixture.decisions.stop()
  }
}
