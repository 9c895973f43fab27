import Core
import Testing

@testable import Rulebook

/// What is wrong with files that have nothing to do with each other is told at once, each thing once.
@Suite struct AllProblemsTests {
  /// A plugin whose decision runs `body`; `top` stands before its table.
  private static func plugin(_ name: String, _ body: String, top: String = "", input: String = "") -> String {
    """
    \(top)
    return { name = "\(name)", version = "1.0.0", decisions = { ["\(name).it"] = {
      input = { price = "amount", \(input) }, output = { ok = { type = "any", optional = true } },
      decide = function(input, host)
        \(body)
      end,
    } } }

    """
  }

  private func errors(
    _ files: [String: String?], review: RulebookLoader.Review = .faults
  ) -> [RulebookError] {
    do throws(RulebookRejected) {
      _ = try RulebookLoader.load(RulebookSamples.snapshot(files), runSpecs: false, review: review)
      return []
    } catch {
      return error.errors
    }
  }

  private func places(_ errors: [RulebookError]) -> [String] {
    errors.map { "\($0.file ?? "?"):\($0.line ?? 0) \($0.code.rawValue)" }
  }

  @Test func `problems of every stage come in one answer`() {
    let found = errors([
      "plugins/bank/plugin.lua": "x = =\n",
      "policies/fails.lua": "\nerror('later')\n",
      "policies/code.lua": "return { a = function() end }\n",
      "plugins/schema/plugin.lua": Self.plugin("schema", "return {}", input: "kind = \"sting\","),
      "plugins/names/plugin.lua": Self.plugin("names", "return { ok = input.prize }"),
    ])
    #expect(
      places(found) == [
        "plugins/bank/plugin.lua:1 load_failed", "policies/fails.lua:2 load_failed",
        "plugins/schema/plugin.lua:3 invalid_plugin", "policies/code.lua:1 invalid_policy",
        "plugins/names/plugin.lua:5 undeclared_name",
      ], "\(found)")
  }

  @Test(arguments: [
    ("policies/tiers.lua", "return {", 1), ("policies/tiers.lua", "error('later')", 1),
    ("plugins/tiers/words.lua", "retrun {}", 1), ("plugins/tiers/words.lua", "\nerror('later')", 2),
    ("plugins/library/deep.lua", "return }", 1),
  ])
  func `who requires what is broken, through others or not, has no problem of its own`(
    path: String, text: String, line: Int
  ) {
    let words = "local deep = require \"library.deep\"\n" + RulebookSamples.words
    let files = ["plugins/library/deep.lua": "return {}", "plugins/tiers/words.lua": words]
    let found = errors(files.merging([path: text]) { $1 })
    #expect(places(found) == ["\(path):\(line) load_failed"], "\(found)")
  }

  @Test func `a module that nobody has is told beside one that is broken`() {
    let found = errors([
      "plugins/tiers/words.lua": "return {",
      "plugins/bank/plugin.lua": "local words = require \"words\"\n" + RulebookSamples.bank,
    ])
    #expect(
      places(found) == ["plugins/tiers/words.lua:1 load_failed", "plugins/bank/plugin.lua:1 load_failed"], "\(found)")
    #expect(found.last?.message.contains("module 'words' not found") == true)
  }

  @Test func `a broken spec or table of cases hides nothing of the rules`() {
    let found = errors([
      "plugins/tiers/spec/tiers_spec.lua": "it(", "plugins/tiers/spec/rows.json": "[",
      "plugins/names/plugin.lua": Self.plugin("names", "return { ok = input.prize }"),
    ])
    #expect(
      places(found) == [
        "plugins/tiers/spec/rows.json:1 invalid_cases", "plugins/tiers/spec/tiers_spec.lua:1 load_failed",
        "plugins/names/plugin.lua:5 undeclared_name",
      ], "\(found)")
  }

  @Test func `a function isn't judged by the calls in sight while a file that may call it is broken`() {
    let shared = "local M = {}\nfunction M.of(x)\n  return x.weight\nend\nreturn M\n"
    let body = "return { ok = shared.of(input) }"
    let top = "local shared = require \"library.shared\""
    let names = Self.plugin("names", body, top: top)
    let files = ["plugins/library/shared.lua": shared, "plugins/names/plugin.lua": names]
    #expect(places(errors(files)) == ["plugins/library/shared.lua:3 undeclared_name"])
    let other = Self.plugin("other", body, top: top, input: "weight = \"integer\",")
    for broken in [other + "end", other.replacing("\"integer\"", with: "\"intger\""), "error('x')\n" + other] {
      let found = errors(files.merging(["plugins/other/plugin.lua": broken]) { $1 })
      #expect(found.count == 1 && found.first?.file == "plugins/other/plugin.lua", "\(found)")
    }
  }

  @Test func `check tells what is doubtful beside what is wrong, and one mistake once`() {
    let found = errors(
      [
        "plugins/bank/plugin.lua": "x = =\n", "policies/more.lua": "return { a = 1,\n a = 2 }\n",
        "plugins/names/plugin.lua": Self.plugin("names", "return { ok = list(1) }", input: "kind = list(2),"),
      ], review: .doubts)
    #expect(
      places(found) == [
        "plugins/bank/plugin.lua:1 load_failed", "plugins/names/plugin.lua:3 load_failed",
        "plugins/names/plugin.lua:5 unknown_global", "policies/more.lua:2 duplicate_key",
      ], "\(found)")
  }

  @Test func `a rule that costs too much ends the search, and what was found before is told`() {
    let found = errors([
      "policies/more.lua": "return {", "policies/spins.lua": "while true do end",
      "plugins/names/plugin.lua": Self.plugin("names", "return { ok = input.prize }"),
    ])
    #expect(found.map(\.file) == ["policies/more.lua", "policies/spins.lua"], "\(found)")
  }

  @Test(arguments: [
    ("return {\n  a = = 1,\n}", 2, 7), ("return {\n  a = 1\n  b = 2,\n}", 3, 3), ("return {} oops", 1, 11),
    ("return { a = 1 != 2 }", 1, 16), ("return { a = \"x }", 1, 14), ("local a = 1\nif a = 1 then end", 2, 6),
    ("return {", 1, 9), ("return { a = 1, -- à\n b = @ }", 2, 6),
  ])
  func `a file that can't be read is told with the column at which reading ended`(
    text: String, line: Int, column: Int
  ) {
    let found = errors(["policies/more.lua": text])
    #expect(found.map(\.line) == [line] && found.map(\.column) == [column], "\(found) \(found.map(\.column))")
  }

  @Test func `what Lua alone refuses has no column`() {
    let found = errors(["policies/more.lua": "goto nowhere\nreturn {}"])
    #expect(found.map(\.column) == [nil], "\(found)")
  }

  @Test func `a key of a plugin's table is told with its column`() {
    let text = RulebookSamples.bank.replacing("debits =", with: "debit =")
      .replacing("from = \"account\"", with: "from = \"acount\"").replacing("version", with: "versoin")
    let found = errors(["plugins/bank/plugin.lua": text])
    let places = found.map { "\($0.line ?? 0):\($0.column ?? 0)" }
    // What is missing stands nowhere.
    #expect(Set(places) == ["2:18", "8:7", "5:17", "1:0"], "\(found)")
    #expect(found.first { $0.column == 7 }?.json["column"] == 7)
  }
}
