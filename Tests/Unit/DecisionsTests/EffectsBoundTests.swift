import Core
import Decisions
import Ledger
import LuaRuntime
import Rulebook
import Synchronization
import Testing

/// Decisions whose record would be larger than a ledger takes: they fail, and leave the record of that.
struct EffectsBoundTests {
  private static let probe = """
    local function ask(input, host)
      local asked = 0
      for i = 1, input.count do
        pcall(host.ledger.balance, "citizen:anna")
        asked = i
      end
      host.ledger.post { from = "treasury", to = "citizen:anna", amount = input.amount }
      return { asked = asked, text = string.rep("x", input.length) }
    end
    return { name = "probe", version = "1.0.0", decisions = {
      ["probe.ask"] = {
        input = { count = "integer", length = "integer", amount = "amount" }, output = { asked = "integer", text = "string" },
        uses = { "ledger.balance", "ledger.post" }, debits = { "treasury" }, decide = ask },
    } }
    """

  /// What was observed: the failures that no ledger keeps.
  private final class Observed: Sendable {
    private let records = Mutex<[RecordedDecision]>([])
    var all: [RecordedDecision] { records.withLock { $0 } }
    func add(_ record: RecordedDecision) { records.withLock { $0.append(record) } }
  }

  private struct Setting {
    let observed = Observed()
    let fixture: EffectsFixture

    init(_ change: (inout EffectLimits) -> Void) async throws {
      var limits = EffectLimits()
      limits.run.deadline = .seconds(120)
      change(&limits)
      fixture = try EffectsFixture(
        EffectsFixture.generation(EffectsBoundTests.probe), limits: limits,
        observer: { [observed] record in
          observed.add(record)
          return true
        })
      try await fixture.give("treasury", 1_000, id: 1)
    }

    func ask(_ count: Int64, length: Int64 = 0, key: UInt64) async -> Told {
      let input: JSON = ["count": .integer(count), "length": .integer(length), "amount": "0.01 DUC/2"]
      return await fixture.decide("probe.ask", input, key: key)
    }
  }

  @Test(arguments: [false, true])
  func `a run that makes too many host calls is ended, whatever it catches, and its failure is recorded`(
    byBytes: Bool
  ) async throws {
    let setting = try await Setting { if byBytes { $0.callBytes = 9_900 } else { $0.calls = 101 } }
    #expect(await setting.ask(100, key: 1).body?["result"]?["asked"] == 100)
    let failure = try #require(await setting.ask(230, key: 2).failure)
    #expect(failure.code == .memoryExhausted)
    #expect(failure.reason == "host_calls")
    #expect(failure.message.contains("the memory is used up by host calls"))
    // Nothing is done, the key is free, and what is recorded is what was answered.
    #expect(try await setting.fixture.available("treasury") == 999)
    #expect(await setting.fixture.store.record(Identifier(high: 0x018B_CFE5_6800_7000, low: 1 << 63 | 2)) == nil)
    let record = try #require(setting.observed.all.first)
    #expect(record.failure == failure)
    #expect(byBytes ? (50..<230).contains(record.calls.count) : record.calls.count == 101)
    #expect(record.effects.isEmpty)
    #expect(await setting.ask(50, key: 2).body?["result"]?["asked"] == 50)
    // And it comes to the same again.
    let rulebook = setting.fixture.generation.rulebook
    #expect(RecordedRun.replay(record, by: rulebook).verdict == .same)
    await setting.fixture.decisions.stop()
  }

  @Test func `as many host calls as the fuel allows make no record that a ledger refuses`() async throws {
    let setting = try await Setting { _ in }
    let reply = await setting.ask(230_000, key: 1)
    #expect(reply.failure?.reason == "host_calls", "\(reply)")
    let record = try #require(setting.observed.all.first)
    #expect(record.json.bytes.count < LedgerLimits().recordBytes)
    await setting.fixture.decisions.stop()
  }

  @Test func `a decision whose record is too large fails, and is recorded without what makes it so`() async throws {
    let setting = try await Setting { $0.recordBytes = 4_000 }
    #expect(await setting.ask(3, length: 100, key: 1).body?["result"]?["asked"] == 3)
    let failure = try #require(await setting.ask(3, length: 5_000, key: 2).failure)
    #expect(failure == .recordTooLarge(4_000))
    #expect(try await setting.fixture.available("treasury") == 999)
    let record = try #require(setting.observed.all.first)
    #expect(record.failure == failure && record.calls.isEmpty && record.result == nil && record.effects.isEmpty)
    #expect(record.fuel > 0)
    guard case .impossible = RecordedRun.replay(record, by: setting.fixture.generation.rulebook).verdict else {
      Issue.record("it can't be run again")
      return
    }
    #expect(await setting.ask(3, length: 100, key: 2).body != nil)
    await setting.fixture.decisions.stop()
  }
}
