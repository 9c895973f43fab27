import Core
import Foundation
import Testing

/// `check`, `test`, `eval`, `bench`, `types`: what works on files alone.
struct RulebookCommandTests {
  @Test func `check says in one line what the shipped rulebook holds`() throws {
    let ending = try Program.run(["check"])
    #expect(ending.code == 0)
    #expect(
      ending.out.wholeMatch(of: /\d+ plugins, \d+ decisions, \d+ policies, \d+ specs\n/) != nil, "\(ending.out)")
    #expect(ending.error == "")
    let json = try Program.run(["check", "--format", "json"]).json()
    #expect(json.object?.members.map(\.name) == ["ok", "errors", "plugins", "decisions", "policies", "specs"])
    #expect(try Program.run(["check", "--format", "github"]).out == "")
  }

  @Test func `what a host takes and nobody can mean ends check with 2, with line and column`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    try scratch.replace("policies/fees.lua", "fee = \"0.025\",", with: "fee = \"0.025\", fee = \"0.03\",")
    try scratch.write("plugins/tiers/spec/more.lua", "return function() it(\"x\", function() end) end\n")
    try scratch.write("plugins/lost/rules.lua", "return {}\n")
    let rulebook = ["--rulebook", scratch.url.path()]
    let ending = try Program.run(["check"] + rulebook)
    #expect(ending.code == 2)
    let lines = ending.out.split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines.dropLast().allSatisfy { $0.contains(": warning: ") && !$0.contains(": error: ") }, "\(ending.out)")
    #expect(lines.first?.hasPrefix("plugins/tiers/spec/more.lua:1:") == true, "\(ending.out)")
    #expect(lines.dropFirst().first?.hasPrefix("policies/fees.lua:16:") == true, "\(ending.out)")
    #expect(lines.dropFirst(2).first?.hasPrefix("plugins/lost:1:1: warning: this folder has no plugin.lua") == true)
    let json = try Program.run(["check", "--format", "json"] + rulebook)
    #expect(json.code == 2)
    #expect(try json.json()["errors"]?.array?[1]["column"] != nil)
    // A workflow's list of errors has only what keeps a rulebook from being loaded.
    let github = try Program.run(["check", "--format", "github"] + rulebook)
    #expect(github.code == 2)
    let annotations = github.out.split(separator: "\n")
    #expect(annotations.count == 3 && annotations.allSatisfy { $0.hasPrefix("::warning file=") }, "\(github.out)")
    let test = try Program.run(["test", "-r", "tiers"] + rulebook)
    #expect(test.code == 2)
    #expect(test.error.contains("plugins/lost") && test.error.contains("more.lua") && !test.error.contains("fees.lua"))
  }

  @Test func `a name that nothing declares keeps a rulebook from being loaded`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    try scratch.replace("plugins/tiers/plugin.lua", "input.influence)", with: "input.influense)")
    let ending = try Program.run(["check", "--rulebook", scratch.url.path()])
    #expect(ending.code == 1)
    #expect(ending.out.contains("has no 'influense', so it reads as nil; did you mean 'influence'?"), "\(ending.out)")
  }

  @Test func `a new plugin checks, passes its specs, and no mutant of it survives`() throws {
    let scratch = try Scratch()
    let rulebook = ["--rulebook", scratch.url.path()]
    #expect(try Program.run(["new", "plugin", "rewards"] + rulebook).code == 0)
    let check = try Program.run(["check"] + rulebook)
    #expect(check.code == 0 && check.out == "1 plugin, 1 decision, 1 policy, 2 specs\n", "\(check.out)")
    let mutants = try Program.run(["test", "--mutants", "--threshold", "100"] + rulebook)
    #expect(mutants.code == 0, "\(mutants.out)")
    #expect(mutants.out.contains(" mutants: ") && mutants.out.contains(" 0 survived, "), "\(mutants.out)")
    let again = try Program.run(["new", "plugin", "rewards"] + rulebook)
    #expect(again.code == 1 && again.error.contains("policies/rewards.lua is there already"))
    for name in ["library", "Rewards", "../x", "9", ""] {
      #expect(try Program.run(["new", "plugin", name] + rulebook).code == 64)
    }
  }

  @Test func `mutants are told as JSON, too, and only of a plugin that there is`() throws {
    let scratch = try Scratch()
    let rulebook = ["--rulebook", scratch.url.path()]
    #expect(try Program.run(["new", "plugin", "rewards"] + rulebook).code == 0)
    let spec = "it(\"says little\", function() assert(decide(\"rewards.judge\", { number = 1 })) end)\n"
    try scratch.write("plugins/rewards/spec/rewards_spec.lua", spec)
    let ending = try Program.run(["test", "--mutants", "--plugin", "rewards", "--format", "json"] + rulebook)
    #expect(ending.code == 2)
    let json = try ending.json()
    #expect(json.object?.members.map(\.name) == ["mutants", "found", "unloadable", "survived", "explained", "stale"])
    #expect(json["survived"]?.array?.first?["file"] == "plugins/rewards/plugin.lua")
    #expect(try Program.run(["test", "--mutants", "--plugin", "reward"] + rulebook).code == 64)
    #expect(try Program.run(["test", "--plugin", "rewards"] + rulebook).code == 64)
    #expect(try Program.run(["test", "--mutants", "-r", "x"] + rulebook).code == 64)
  }

  @Test func `check tells what rules may cost`() throws {
    let text = try Program.run(["check", "--limits"])
    #expect(text.code == 0 && text.out.hasPrefix("3000000 units of fuel for one decision\n"))
    let json = try Program.run(["check", "--limits", "--format", "json"]).json()
    #expect(json["decision_fuel"] == 3_000_000 && json["effects_fuel"] == 100_000_000)
    #expect(json["effects_calls"] == 100_000 && json["effects_milliseconds"] == 5_000)
  }

  @Test func `a filter that matches no spec is no success`() throws {
    let ending = try Program.run(["test", "-r", "zzz"])
    #expect(ending.code == 1)
    #expect(ending.error.contains("matches -r 'zzz'"))
  }

  @Test func `check names file and line of a typo, in every format`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    try scratch.replace("policies/fees.lua", "fee = \"0.025\",", with: "fee = = \"0.025\",")
    let rulebook = ["--rulebook", scratch.url.path()]
    let pretty = try Program.run(["check"] + rulebook)
    #expect(pretty.code == 1)
    #expect(pretty.out.hasPrefix("policies/fees.lua:16:9: error: "))
    let json = try Program.run(["check", "--format", "json"] + rulebook)
    #expect(json.code == 1)
    let error = try json.json()["errors"]?.array?.first
    #expect(error?["file"] == "policies/fees.lua" && error?["line"] == 16 && error?["column"] == 9)
    let github = try Program.run(["check", "--format", "github"] + rulebook)
    #expect(github.out.hasPrefix("::error file=policies/fees.lua,line=16,col=9::"))
  }

  @Test func `check names what is wrong in files of all sorts at once`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    try scratch.replace("policies/fees.lua", "fee = \"0.025\",", with: "fee = = \"0.025\",")
    try scratch.replace("plugins/tiers/plugin.lua", "version = ", with: "versoin = ")
    try scratch.replace("plugins/trust/plugin.lua", "input.", with: "input.zzz_")
    try scratch.write("spec/lost_spec.lua", "")
    let said = try Program.run(["check", "--rulebook", scratch.url.path()])
    #expect(said.code == 1)
    let files = said.out.split(separator: "\n").map { $0.prefix { $0 != ":" } }
    #expect(
      files == [
        "policies/fees.lua", "plugins/tiers/plugin.lua", "plugins/tiers/plugin.lua", "plugins/trust/plugin.lua",
        "plugins/trust/plugin.lua", "plugins/trust/plugin.lua", "plugins/trust/plugin.lua", "spec/lost_spec.lua",
      ], "\(said.out)")
  }

  @Test func `the README's typo is refused with the sentence that it prints`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let fees = try String(contentsOf: scratch.url.appending(path: "policies/fees.lua"), encoding: .utf8)
    _ = try scratch.write("policies/fees.lua", fees + "oops\n")
    let said = try Program.run(["check", "--format", "json", "--rulebook", scratch.url.path()])
    let error = try said.json()["errors"]?.array?.first
    let sentence = try #require(error?["message"]?.string, "\(said.out)")
    let line = try #require(error?["line"]?.integer)
    let readme = try String(contentsOf: Program.package.appending(path: "README.md"), encoding: .utf8)
    #expect(readme.contains("\npolicies/fees.lua:\(line): "), "\(line)")
    #expect(sentence.hasSuffix("<eof> expected near 'oops'"), "\(sentence)")
    #expect(readme.contains("<eof> expected near 'oops'\n"))
  }

  @Test func `eval prints result, digest and fuel, the same every time`() throws {
    let first = try Program.run(["eval", "tier.assign"], input: "{\"social_class\":\"Nobili\"}")
    #expect(first.code == 0)
    let json = try first.json()
    #expect(json.object?.members.map(\.name) == ["result", "digest", "fuel"])
    #expect(json["result"]?["tier"] == "enterprise")
    #expect(json["digest"]?.string?.hasPrefix("sha256:") == true)
    let second = try Program.run(["eval", "tier.assign"], input: "{\"social_class\":\"Nobili\"}")
    #expect(second.out == first.out)
  }

  @Test(arguments: [
    ("tier.assign", "{\"class\":\"Nobili\"}", "invalid_input", "unknown field 'class'"),
    ("tier.asign", "{}", "unknown_decision", "tier.assign"),
    ("tier.assign", "nonsense", "invalid_input", "no JSON"),
    ("bridge.quote", "{\"side\":\"sell\",\"amount\":\"0.99 DUC/2\",\"level\":0}", "refused", "least amount"),
  ])
  func `eval tells a failure as an error object and exits with 2`(
    point: String, input: String, code: String, part: String
  ) throws {
    let ending = try Program.run(["eval", point], input: input)
    #expect(ending.code == 2)
    let error = try ending.json()["error"]
    #expect(error?["code"]?.string == code)
    #expect(error?["message"]?.string?.contains(part) == true, "\(ending.out)")
  }

  @Test func `eval takes the clock and the fakes`() throws {
    let scratch = try Scratch()
    let fakes = try scratch.write(
      "fakes.json",
      "{\"ledger\":{\"balances\":{\"reserve:uplift\":{\"asset\":\"USD/2\",\"minor\":1000000}}}}")
    let input = "{\"side\":\"sell\",\"amount\":\"1000.00 DUC/2\",\"level\":1,\"citizen\":\"alice\"}"
    let with = try Program.run(["eval", "bridge.quote", "--fakes", fakes, "--now", "1700000000000"], input: input)
    #expect(try with.json()["result"]?["uplift"] == "granted")
    #expect(try with.json()["result"]?["net"] == ["asset": "USD/2", "minor": 15775])
    let without = try Program.run(["eval", "bridge.quote", "--now", "1700000000000"], input: input)
    #expect(try without.json()["result"]?["uplift"] == "exhausted")
  }

  @Test func `eval explains which lines ran`() throws {
    let ending = try Program.run(["eval", "tier.assign", "--explain"], input: "{\"social_class\":\"Nobili\"}")
    let lines = try ending.json()["explain"]?["lines"]?.array ?? []
    #expect(lines.contains { $0["file"] == "plugins/tiers/plugin.lua" })
  }

  @Test func `test passes on the shipped rulebook, and reports in four formats`() throws {
    let json = try Program.run(["test", "--format", "json", "-r", "tier"])
    #expect(json.code == 0)
    #expect(try json.json()["failed"] == 0)
    #expect(try (json.json()["passed"]?.integer ?? 0) > 10)
    #expect(try Program.run(["test", "--format", "tap", "-r", "tier"]).out.hasPrefix("TAP version"))
    #expect(try Program.run(["test", "--format", "junit", "-r", "tier"]).out.hasPrefix("<?xml"))
    #expect(try Program.run(["test", "-r", "tier"]).out.contains(" passed, 0 failed"))
  }

  @Test func `a failing spec exits with 2 and names its line`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    try scratch.write(
      "plugins/tiers/spec/wrong_spec.lua",
      "describe(\"x\", function()\n  it(\"y\", function()\n    assert.equal(1, 2)\n  end)\nend)\n")
    let ending = try Program.run(["test", "--rulebook", scratch.url.path(), "-r", "wrong_spec"])
    #expect(ending.code == 2)
    #expect(ending.out.contains("plugins/tiers/spec/wrong_spec.lua:3"))
  }

  @Test(arguments: [
    ("it(\"says nothing\", function() end)", 1),
    ("it(\"says nothing\", function() end)\nit(\"fails\", function() assert.equal(1, 2) end)", 2),
    ("it(\"says nothing\", function() end)\nit(\"holds\", function() assert.equal(1, 1) end)", 1), ("local x = 1", 1),
  ])
  func `specs that show nothing exit with 1, unless another one fails`(text: String, code: Int32) throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    try scratch.write("plugins/tiers/spec/empty_spec.lua", text + "\n")
    let ending = try Program.run(["test", "--rulebook", scratch.url.path(), "-r", "empty_spec"])
    #expect(ending.code == code, "\(ending.out)\(ending.error)")
  }

  @Test func `coverage is written as LCOV and held against a threshold`() throws {
    let scratch = try Scratch()
    let lcov = scratch.url.appending(path: "out.lcov").path()
    let ending = try Program.run(["test", "-r", "tier", "--lcov", lcov, "--threshold", "99.9"])
    #expect(ending.code == 2)
    #expect(ending.error.contains("coverage is below"))
    let text = try String(contentsOfFile: lcov, encoding: .utf8)
    #expect(text.contains("SF:plugins/tiers/plugin.lua") && text.contains("end_of_record"))
  }

  @Test func `bench prints its four figures`() throws {
    let scratch = try Scratch()
    let input = try scratch.write("input.json", "{\"social_class\":\"Nobili\"}")
    let ending = try Program.run(["bench", "tier.assign", "-i", input, "--seconds", "0.1", "--format", "json"])
    #expect(ending.code == 0)
    let json = try ending.json()
    #expect(json.object?.members.map(\.name) == ["decisions_per_second", "nanoseconds", "fuel", "allocations"])
    #expect((json["nanoseconds"]?["p50"]?.number ?? 0) > 0)
  }

  @Test func `docs prints the handbook in both forms`() throws {
    let text = try Program.run(["docs"])
    #expect(text.code == 0 && text.out.contains("### tier.assign"))
    let page = try Program.run(["docs", "--format", "html"])
    #expect(page.code == 0 && page.out.hasPrefix("<!doctype html>") && page.out.contains("<h3>tier.assign</h3>"))
  }

  @Test func `rulebook diff names changed numbers and files`() throws {
    let scratch = try Scratch()
    for (folder, fee) in [("old", "0.025"), ("new", "0.03")] {
      _ = try scratch.write("\(folder)/policies/fees.lua", "return { fee = \"\(fee)\", same = 1 }\n")
      let plugin = "return { name = \"shop\", version = \"1\", decisions = {} }\n"
      _ = try scratch.write("\(folder)/plugins/shop/plugin.lua", plugin)
    }
    let (old, new) = (scratch.url.path() + "/old", scratch.url.path() + "/new")
    let ending = try Program.run(["rulebook", "diff", old, new])
    #expect(ending.code == 0)
    #expect(ending.out == "fees.fee  \"0.025\"  →  \"0.03\"\n\nchanged  policies/fees.lua\n")
    #expect(try Program.run(["rulebook", "diff", old, old]).out == "the two are the same\n")
    let json = try Program.run(["rulebook", "diff", old, new, "--format", "json"]).json()
    #expect(json["numbers"]?.array?.first?["after"] == "0.03")
    let shown = try Program.run(["rulebook", "show", new, "--file", "policies/fees.lua"])
    #expect(shown.out == "return { fee = \"0.03\", same = 1 }\n")
    let unknown = try Program.run(["rulebook", "show", "sha256:abcdef123456", "--data", scratch.url.path()])
    #expect(unknown.code == 1 && unknown.error.contains("no rulebook in"))
  }

  @Test func `a prompt makes a decision for each line, and its clock can be set`() throws {
    let lines = """
      :now 2026-11-29T10:00:00Z
      tier.assign {"social_class":"Nobili"}
      tier.asign {}
      :nonsense
      :quit
      """
    let ending = try Program.run(["eval", "--repl"], input: lines)
    let answers = ending.out.split(separator: "\n")
    #expect(answers.count == 2)
    #expect(answers.first?.contains("\"tier\":\"enterprise\"") == true)
    #expect(answers.last?.contains("did you mean 'tier.assign'?") == true)
    #expect(ending.error.contains("unknown word ':nonsense'; :help lists them"))
    #expect(try Program.run(["eval", "--repl", "tier.assign"]).code == 64)
    #expect(try Program.run(["eval", "tier.assign", "--now", "soon"]).code == 64)
  }

  @Test func `wrong usage exits with 64`() throws {
    #expect(try Program.run(["eval"]).code == 64)
    #expect(try Program.run(["nonsense"]).code == 64)
    #expect(try Program.run(["test", "-r", "("]).code == 64)
    #expect(try Program.run(["serve", "--api", "nowhere"]).code == 64)
  }

  @Test func `a missing rulebook is told and exits with 1`() throws {
    let ending = try Program.run(["eval", "tier.assign", "--rulebook", "/nowhere"], input: "{}")
    #expect(ending.code == 1)
    #expect(ending.error.contains("/nowhere"))
  }
}
