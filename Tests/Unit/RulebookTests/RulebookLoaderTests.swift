internal import Core
import LuaRuntime
import Testing

@testable import Rulebook

@Suite struct RulebookLoaderTests {
  @Test func `rulebooks are loaded, and machines made, on a thread with stack enough`() async throws {
    let stack = await LoadingThread.run { ThreadStack.current }
    #expect(stack >= ThreadStack.minimum)
    let checked = await LoadingThread.run { Result { () throws(LuaFailure) in try ThreadStack.check() } }
    try checked.get()
  }

  @Test func `a rulebook loads and its decisions are numbered by name`() throws {
    let rulebook = try RulebookLoader.load(RulebookSamples.snapshot(), runSpecs: false)
    #expect(rulebook.decisions.map(\.name) == ["bank.pay", "tier.assign"])
    #expect(rulebook.plugins.map(\.name) == ["bank", "tiers"])
    let machine = try rulebook.makeMachine()
    #expect(machine.decision(named: "tier.assign") == 1)
    #expect(rulebook.decision(named: "bank.pay")?.hasEffects == true)
    #expect(rulebook.decision(named: "tier.assign")?.hasEffects == false)
  }

  @Test func `a decision decides`() throws {
    let runner = DecisionRunner(rulebook: try RulebookLoader.load(RulebookSamples.snapshot(), runSpecs: false))
    let answer = runner.decide("tier.assign", input: Array(#"{"social_class":"Nobili"}"#.utf8))
    #expect(String(decoding: try answer.result.get(), as: UTF8.self) == #"{"price":100,"tier":"enterprise"}"#)
  }

  @Test func `only files that changed are compiled again`() throws {
    let first = try RulebookLoader.load(RulebookSamples.snapshot(), runSpecs: false)
    let changed = RulebookSamples.snapshot(["policies/tiers.lua": RulebookSamples.policy + "-- voted\n"])
    let second = try RulebookLoader.load(changed, runSpecs: false, previous: first)
    let again = zip(first.modules, second.modules).filter { $0.bytecode !== $1.bytecode }.map(\.1.path.path)
    #expect(again == ["policies/tiers.lua"])
    #expect(second.digest == changed.digest)
  }

  @Test func `every file that does not compile is reported with its line`() {
    let messages = RulebookSamples.messages(["policies/tiers.lua": "return {\n", "plugins/bank/plugin.lua": "\nx ="])
    #expect(messages.count == 2)
    #expect(messages.first?.hasPrefix("plugins/bank/plugin.lua:2: ") == true, "\(messages)")
  }

  @Test func `a typo is reported at its line with what was meant`() {
    let text = RulebookSamples.bank.replacing("debits =", with: "debit =")
    let messages = RulebookSamples.messages(["plugins/bank/plugin.lua": text])
    #expect(
      messages == ["plugins/bank/plugin.lua:8: bank.pay: unknown key 'debit'; did you mean 'debits'?"])
  }

  @Test func `a typo in a field is reported at its line`() {
    let text = RulebookSamples.bank.replacing("optional = true", with: "optinal = true")
      .replacing("from = \"account\"", with: "from = \"acount\"")
    let messages = RulebookSamples.messages(["plugins/bank/plugin.lua": text])
    #expect(messages.count == 2)
    #expect(
      messages.contains { $0.hasPrefix("plugins/bank/plugin.lua:5: ") && $0.contains("'account'") }, "\(messages)")
    #expect(
      messages.contains { $0.hasPrefix("plugins/bank/plugin.lua:6: ") && $0.contains("'optional'") }, "\(messages)")
  }

  @Test(arguments: ["1", "\"yes\"", "{}", "function() end"])
  func `whether a decision is for operators is true or false, and nothing else`(value: String) {
    let text = RulebookSamples.bank.replacing("debits =", with: "operators = " + value + ", debits =")
    let messages = RulebookSamples.messages(["plugins/bank/plugin.lua": text])
    #expect(messages == ["plugins/bank/plugin.lua:8: bank.pay: 'operators' must be true or false"])
  }

  @Test(arguments: [("", false), ("operators = false,", false), ("operators = true,", true)])
  func `a decision is for operators when it says so, and always when it has effects`(
    declared: String, isForOperators: Bool
  ) throws {
    let input: String = declared + " input = {"
    let snapshot = RulebookSamples.snapshot([
      "plugins/tiers/plugin.lua": RulebookSamples.tiers.replacing("input = {", with: input),
      "plugins/bank/plugin.lua": RulebookSamples.bank.replacing("input = {", with: input),
    ])
    let rulebook = try RulebookLoader.load(snapshot, runSpecs: false)
    for decision in rulebook.decisions {
      #expect(decision.isForOperators == isForOperators, "\(decision.name)")
      #expect(decision.needsOperator == (isForOperators || decision.name == "bank.pay"), "\(decision.name)")
    }
  }

  @Test(arguments: ["\"amount\"", "\"frum\"", "1", "{}"])
  func `a subject is a field of the input that is a text, and nothing else`(value: String) {
    let text = RulebookSamples.bank.replacing("debits =", with: "subject = " + value + ", debits =")
    let messages = RulebookSamples.messages(["plugins/bank/plugin.lua": text])
    #expect(messages.count == 1)
    let message =
      "plugins/bank/plugin.lua:8: bank.pay: 'subject' must be the name of a field of the input that is a text"
    #expect(messages.first?.hasPrefix(message) == true, "\(messages)")
  }

  @Test func `a decision names its subject, and without that it is the citizen`() throws {
    let text = RulebookSamples.bank.replacing("debits =", with: "subject = \"from\", debits =")
    let rulebook = try RulebookLoader.load(
      RulebookSamples.snapshot(["plugins/bank/plugin.lua": text]), runSpecs: false)
    #expect(rulebook.decision(named: "bank.pay")?.subjectField == "from")
    #expect(rulebook.decisions.filter { $0.name != "bank.pay" }.allSatisfy { $0.subjectField == "citizen" })
  }

  @Test func `two plugins that offer one decision are both named`() {
    let text = RulebookSamples.bank.replacing("\"bank\", v", with: "\"other\", v")
    let messages = RulebookSamples.messages(["plugins/other/plugin.lua": text])
    #expect(messages.count == 1)
    #expect(messages.first?.contains("'bank' and 'other'") == true, "\(messages)")
  }

  @Test(arguments: [
    ("error('no')", "no"), ("while true do end", ""), ("host.ledger.balance('a')", "host"), ("return 5", "table"),
  ])
  func `a plugin whose top level fails is named`(text: String, part: String) {
    let messages = RulebookSamples.messages(["plugins/bank/plugin.lua": text])
    #expect(messages.count == 1)
    #expect(messages.first?.hasPrefix("plugins/bank/plugin.lua:") == true, "\(messages)")
    #expect(messages.first?.contains(part) == true, "\(messages)")
  }

  @Test func `a policy that fails is the only thing reported`() {
    let messages = RulebookSamples.messages(["policies/tiers.lua": "error('later')"])
    #expect(messages.count == 1)
    #expect(messages.first?.hasPrefix("policies/tiers.lua:1: ") == true, "\(messages)")
  }
}
