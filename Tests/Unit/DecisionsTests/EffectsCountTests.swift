import Core
import Decisions
import LuaRuntime
import Rulebook
import Testing

/// What is counted of decisions with effects, by which promises are kept and the platform knows itself.
struct EffectsCountTests {
  /// Decides, refuses or fails, as it is asked.
  private static let probe = """
    local function ask(input)
      if input.how == "refuse" then return nil, { code = "not_now", message = "not now" } end
      if input.how == "fail" then error("a broken rule") end
      return {}
    end
    return { name = "probe", version = "1.0.0", decisions = {
      ["probe.ask"] = { input = { how = "string" }, output = {}, decide = ask },
    } }
    """

  @Test func `each decision with effects is counted once, by how it ended and how long it took`() async throws {
    let fixture = try EffectsFixture(EffectsFixture.generation(Self.probe))
    for (key, how) in ["well", "well", "refuse", "fail"].enumerated() {
      _ = await fixture.decide("probe.ask", ["how": .string(how)], key: UInt64(key))
    }
    // Nothing runs for a key that was answered, and whoever makes up names makes up no counters.
    _ = await fixture.decide("probe.ask", ["how": "well"], key: 0)
    _ = await fixture.decide("probe.ask", ["how": "fail"], key: 3)
    _ = await fixture.decide("probe.made_up", [:], key: 10)
    let counted = fixture.decisions.statistics
    #expect(counted.decided == 2)
    #expect(counted.failed.reduce(0, +) == 3)
    // Neither a refusal nor a name that nobody offers is a rule's fault.
    #expect(counted.ruleFaults == 1)
    #expect(Array(counted.points.keys) == ["probe.ask"])
    let point = try #require(counted.points["probe.ask"])
    #expect((point.runs, point.decided) == (4, 2))
    #expect(point.failed(["runtime"]) == 1)
    #expect(point.failed(["refused"]) == 1)
    #expect(point.buckets.reduce(0, +) == 4)
    #expect(point.nanoseconds > 0)
    await fixture.decisions.stop()
  }
}
