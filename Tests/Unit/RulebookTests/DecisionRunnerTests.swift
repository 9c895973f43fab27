import Core
import LuaRuntime
import Rulebook
import Testing

/// Decisions that are tried cost what they cost in service.
struct DecisionRunnerTests {
  private static let plugin = """
    local function work(input)
      local sum = 0
      for turn = 1, input.turns do sum = sum + turn % 7 end
      return { sum = sum }
    end
    return {
      name = "work", version = "1.0.0",
      decisions = {
        ["work.plain"] = { input = { turns = "integer" }, output = { sum = "integer" }, decide = work },
        ["work.paid"] = {
          input = { turns = "integer" }, output = { sum = "integer" }, uses = { "ledger.post" }, debits = { "shop" },
          decide = function(input, host)
            host.ledger.post { from = "shop", to = "citizen:anna", amount = amount("DUC/2", 1) }
            return work(input)
          end,
        },
      },
    }
    """

  private func decide(_ point: String, turns: Int, limits: RunLimits? = nil) throws -> DecisionRunner.Answer {
    let snapshot = RulebookSnapshot(files: ["plugins/work/plugin.lua": Array(Self.plugin.utf8)])
    let runner = DecisionRunner(rulebook: try RulebookLoader.load(snapshot, runSpecs: false))
    let fakes = try Fakes(json: JSON(parsing: #"{"ledger":{"balances":{"shop":{"asset":"DUC/2","minor":5}}}}"#))
    return runner.decide(point, input: Array(#"{"turns":\#(turns)}"#.utf8), fakes: fakes, limits: limits)
  }

  @Test func `a decision with effects has as much fuel where it is tried as in service, others have less`() throws {
    let plain = try decide("work.plain", turns: 2_000_000)
    #expect(throws: LuaFailure.self) { try plain.result.get() }
    #expect(try #require(plain.cost).fuel >= RunLimits().fuel)
    let paid = try decide("work.paid", turns: 2_000_000)
    #expect(try !paid.result.get().isEmpty)
    #expect(try #require(paid.cost).fuel > RunLimits().fuel)
    #expect(paid.effects.count == 1)
    let endless = try decide("work.paid", turns: 100_000_000)
    #expect(throws: LuaFailure.self) { try endless.result.get() }
    #expect(try #require(endless.cost).fuel >= RunLimits.withEffects.fuel)
  }
}
