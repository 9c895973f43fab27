import Core
import Decisions
import Rulebook
import Testing

/// What a rule says by `note`.
struct ExplainedNotesTests {
  private static let source = """
    return { name = "probe", version = "1.0.0", decisions = { ["probe.run"] = {
      input = { count = "integer" }, output = { total = "integer" },
      decide = function(input)
        note("the count", input.count)
        note("the price", amount("1.50 DUC/2"))
        for round = 1, 3 do note("round", round) end
        return { total = input.count }
      end,
    } } }

    """

  @Test func `what a rule notes stands in the explanation with its line, and not in the result`() throws {
    let rulebook = try RulebookLoader.load(
      RulebookSnapshot(files: ["plugins/probe/plugin.lua": Array(Self.source.utf8)]), runSpecs: false)
    let record = try RecordedWorld(rulebook).decide("probe.run", #"{"count":5}"#)
    #expect(record.result == ["total": 5])
    let explanation = try Explainer.explain(RecordedQuestion(record), by: rulebook, as: .why)
    let texts = ["the count: 5", "the price: 1.50 DUC/2", "round: 1", "round: 2", "round: 3"]
    #expect(explanation.notes.map(\.text) == texts)
    #expect(explanation.notes.map(\.line) == [4, 5, 6, 6, 6])
    let told = explanation.text(.why).split(separator: "\n").dropFirst().prefix(3)
    #expect(
      told == [
        "  the count: 5  (plugins/probe/plugin.lua:4)", "  the price: 1.50 DUC/2  (plugins/probe/plugin.lua:5)",
        "  round: 1  (plugins/probe/plugin.lua:6)",
      ])
    #expect(explanation.json(.why)["notes"]?.array?.compactMap { $0["text"]?.string } == texts)
  }
}
