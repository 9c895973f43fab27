import Core
import Decisions
import Rulebook
import Testing

/// What a plugin's `explain` says to a citizen.
struct ExplainedWordsTests {
  /// A plugin of one decision with these functions `explain`, of its own and of the plugin; nil for none.
  private static func rulebook(_ own: String?, plugin: String? = nil) throws -> CheckedRulebook {
    func member(_ text: String?) -> String { text.map { "explain = function(input, result, why) \($0) end," } ?? "" }
    let source = """
      local function fee(amount) return amount:convert("DUC/2", { "0.1" }, {}, "ceil") end
      return { name = "probe", version = "1.0.0", \(member(plugin)) decisions = { ["probe.run"] = {
        input = { amount = "amount", kind = { type = "string", default = "plain" } }, output = { fee = "amount" },
        refusals = { "too_little" }, \(member(own))
        decide = function(input)
          if input.amount < amount("1.00 DUC/2") then
            return nil, { code = "too_little", message = "less than a ducat" }
          end
          return { fee = fee(input.amount) }
        end,
      } } }

      """
    return try RulebookLoader.load(
      RulebookSnapshot(files: ["plugins/probe/plugin.lua": Array(source.utf8)]), runSpecs: false)
  }

  private static func explained(_ minor: Int, by rulebook: CheckedRulebook) throws -> Explanation {
    let record = try RecordedWorld(rulebook).decide("probe.run", #"{"amount":{"asset":"DUC/2","minor":\#(minor)}}"#)
    return try Explainer.explain(RecordedQuestion(record), by: rulebook, as: .why)
  }

  @Test func `a plugin says the outcome in words, from the input, the result and why`() throws {
    let rulebook = try Self.rulebook(
      """
      if not result then return "Not for you: " .. why.answer.error.reason end
      return "Of " .. tostring(input.amount) .. ", " .. input.kind .. ", we keep " .. tostring(result.fee)
        .. " since " .. why.near_misses[1].text
      """)
    let answered = try Self.explained(5_000, by: rulebook)
    #expect(answered.wordsProblem == nil)
    let words = try #require(answered.words)
    #expect(words == "Of 50.00 DUC/2, plain, we keep 5.00 DUC/2 since 1.00 DUC/2 <= input.amount 50.00 DUC/2")
    #expect(answered.json(.why)["words"]?.string == words)
    #expect(answered.text(.why).split(separator: "\n").dropFirst().first == "  \(words)")
    #expect(answered.json(.tree)["words"] == nil, "the other views tell what ran")
    #expect(try Self.explained(50, by: rulebook).words == "Not for you: too_little")
  }

  @Test func `a plugin may say it for all of its decisions, and a decision has the last word`() throws {
    let all = "return 'all of ' .. why.point"
    #expect(try Self.explained(5_000, by: Self.rulebook(nil, plugin: all)).words == "all of probe.run")
    #expect(try Self.explained(5_000, by: Self.rulebook("return 'its own'", plugin: all)).words == "its own")
    let silent = try Self.explained(5_000, by: Self.rulebook(nil))
    #expect(silent.words == nil && silent.wordsProblem == nil && silent.json(.why)["words"] == nil)
  }

  @Test(arguments: [
    ("error('lost')", "lost"), ("return 5", ""), ("return", ""), ("while true do end", ""),
    ("return host.now", ""),
  ])
  func `words that fail are named, and the explanation stands`(body: String, part: String) throws {
    let explanation = try Self.explained(5_000, by: Self.rulebook(body))
    #expect(explanation.words == nil)
    let problem = try #require(explanation.wordsProblem)
    #expect(!problem.isEmpty && problem.contains(part), "\(problem)")
    #expect(explanation.json(.why)["words_problem"]?.string == problem)
    #expect(explanation.answer["fee"]?["minor"] == 500)
  }

  @Test func `a decision with words decides by the same bytes and the same fuel as without`() throws {
    let plain = try Self.explained(5_000, by: Self.rulebook(nil))
    let wordy = try Self.explained(5_000, by: Self.rulebook("return 'x'"))
    #expect(plain.answer == wordy.answer && plain.fuel == wordy.fuel)
  }

  @Test(arguments: ["'words'", "{}", "1"])
  func `words are a function`(value: String) {
    let source = """
      return { name = "probe", version = "1.0.0", decisions = { ["probe.run"] = { input = {}, output = {},
        explain = \(value), decide = function() return {} end } } }
      """
    do throws(RulebookRejected) {
      _ = try RulebookLoader.load(
        RulebookSnapshot(files: ["plugins/probe/plugin.lua": Array(source.utf8)]), runSpecs: false)
      Issue.record("\(value) is taken")
    } catch {
      #expect(error.errors.map(\.line) == [2])
      #expect(
        error.errors.map(\.message) == [
          "plugins/probe/plugin.lua:2: probe.run: 'explain' must be a function of input, result and why"
        ])
    }
  }
}
