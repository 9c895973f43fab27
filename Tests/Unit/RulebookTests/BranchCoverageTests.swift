import Core
import LuaRuntime
import Testing

@testable import Rulebook

/// Which way each branch of a rule went while its specs ran.
@Suite struct BranchCoverageTests {
  private static let file = "plugins/till/plugin.lua"

  /// What is counted of a decision with this body, asked with each of these numbers in turn.
  private static func coverage(_ body: String, _ numbers: [Int], decide: String = "", top: String = "") throws
    -> LineCoverage
  {
    let plugin =
      (top.isEmpty ? "" : top + "\n") + """
        return { name = "till", version = "1", decisions = { ["till.count"] = {
          input = { n = { type = "integer", default = 0 } }, output = { n = "any" }, decide = function(input)
        \(body)
          return { n = 0 } end } } }
        """
    let calls = numbers.map { "decide('till.count', { n = \($0) })" }.joined(separator: "\n")
    let files: [String: String?] = [
      file: plugin, "plugins/till/spec/till_spec.lua": "it('a', function() \(calls) \(decide) assert(true) end)",
    ]
    let rulebook = try RulebookLoader.load(RulebookSamples.snapshot(files), runSpecs: false)
    let run = SpecRunner(rulebook: rulebook, countsLines: true).run()
    #expect(run.results.map(\.status) == [.passed], "\(run)")
    return try #require(run.coverage)
  }

  private static func branches(_ body: String, _ numbers: [Int]) throws -> [String] {
    try (coverage(body, numbers).branches[ExactText(file)] ?? []).map {
      "\($0.line):\($0.column) \($0.kind.rawValue) \($0.text) \($0.hits.yes)/\($0.hits.no)"
    }
  }

  static let bodies: [(body: String, numbers: [Int], counted: [String])] = [
    ("if input.n > 1 then end", [1, 2, 3], ["3:4 if input.n > 1 2/1"]),
    (
      "if input.n == 1 then elseif input.n == 2 then else end", [1, 2, 2, 3],
      ["3:4 if input.n == 1 1/3", "3:29 elseif input.n == 2 2/1"]
    ),
    ("while input.n > 0 do input.n = input.n - 1 end", [2], ["3:7 while input.n > 0 2/1"]),
    ("repeat input.n = input.n + 1 until input.n > 4", [3], ["3:36 until input.n > 4 1/1"]),
    ("for i = 1, input.n do end", [0, 2, 3], ["3:1 for for i = 1, input.n 2/1"]),
    (
      "for i = input.n, 1, -1 do if i == 2 then break end end", [2],
      [
        "3:1 for for i = input.n, 1, -1 1/0", "3:30 if i == 2 1/0",
      ]
    ),
    (
      "local t = {} t[1] = input.n > 1 or nil\nfor k, v in pairs(t) do (note or error)(v) end", [0],
      ["3:21 or input.n > 1 0/1", "4:1 for for k, v in pairs(t) 0/1", "4:26 or note 0/0"]
    ),
    (
      "local a = input.n == 1 and 'x' or nil", [1, 2],
      ["3:11 and input.n == 1 1/1", "3:11 or input.n == 1 and 'x' 1/1"]
    ),
    ("local a = not (input.n == 1 or\n  input.n == 2)", [1], ["3:16 or input.n == 1 1/0"]),
    // What one way only is known of beforehand counts for nothing.
    ("while true do break end for i = 1, 3 do end for _, x in ipairs { 1, 2 } do end local a = nil or 3", [1], []),
    // Several values stay several, and one stays one.
    (
      "local function two() return input.n, nil end\nlocal a, b, c = two() and two()\nif two() then end "
        + "for i = two(), (two()) do end\nassert(a == input.n and b == nil and select('#', two()) == 2)", [1],
      [
        "4:17 and two() 1/0", "5:4 if two() 1/0", "5:19 for for i = two(), (two()) 1/0", "6:8 and a == input.n 1/0",
        "6:8 and a == input.n and b == nil 1/0",
      ]
    ),
  ]

  @Test(arguments: bodies)
  func `every branch is counted at its place, and does what it did`(
    example: (body: String, numbers: [Int], counted: [String])
  ) throws {
    #expect(try Self.branches(example.body, example.numbers) == example.counted)
  }

  @Test func `a loop within itself is counted by each of its beginnings`() throws {
    let body = """
      local function walk(depth)
        for i = 1, depth do walk(depth - 1) end
        for _, x in ipairs(depth > 1 and { depth } or {}) do walk(x - 2) end
      end
      walk(input.n)
      """
    let counted = try Self.branches(body, [2]).filter { $0.contains(" for ") }
    #expect(
      counted == [
        "4:3 for for i = 1, depth 3/3", "5:3 for for _, x in ipairs(depth > 1 and { depth } or {}) 1/5",
      ])
  }

  @Test func `on screen stands which way was never gone, and in LCOV how often each`() throws {
    let body = """
      if input.n > 1 then
        note("n", input.n or 0)
      end
      for _, x in ipairs({ input.n }) do note("x", x) end
      if input.n > 5 and input.n < 9 then note("n", 1) end
      """
    let coverage = try Self.coverage(body, [2, 3])
    var lines = coverage.lcov().split(separator: "\n").map { String($0) }
    lines = Array(lines.drop { $0 != "SF:\(Self.file)" }.prefix { $0 != "end_of_record" })
    #expect(
      lines.prefix(13) == [
        "SF:\(Self.file)", "BRDA:3,0,0,2", "BRDA:3,0,1,0", "BRDA:4,1,0,2", "BRDA:4,1,1,0", "BRDA:6,2,0,2",
        "BRDA:6,2,1,0", "BRDA:7,3,0,0", "BRDA:7,3,1,2", "BRDA:7,4,0,0", "BRDA:7,4,1,2", "BRF:10", "BRH:5",
      ])
    let text = SpecReport.pretty(SpecRun(results: [], coverage: coverage), colour: false, verbose: false)
    #expect(
      text.split(separator: "\n").filter { $0.contains("till/plugin.lua:") && !$0.contains("never ran") } == [
        "  \(Self.file):3:4: 'if' is never false: input.n > 1",
        "  \(Self.file):4:13: the left of 'or' is never false: input.n",
        "  \(Self.file):7:4: the left of 'and' is never true: input.n > 5",
        "  \(Self.file):7:4: 'if' is never true: input.n > 5 and input.n < 9",
        "  'for' never without a round: \(Self.file):6",
      ])
    #expect(text.contains(" lines), "))
    #expect(text.hasSuffix(" branches)\n"))
    #expect(SpecReport.json(SpecRun(results: [], coverage: coverage)).contains("\"taken\":5}"))
  }

  @Test func `a branch that is never reached is left to its line, and is nothing in LCOV`() throws {
    let coverage = try Self.coverage("if input.n > 1 then\nif input.n > 2 then end\nend", [0])
    #expect(coverage.lcov().contains("BRDA:4,1,0,-\nBRDA:4,1,1,-\nBRF:4\nBRH:1\n"))
    let text = SpecReport.pretty(SpecRun(results: [], coverage: coverage), colour: false, verbose: false)
    #expect(text.contains(":3:4: 'if' is never true") && !text.contains(":4:4:"))
  }

  @Test func `with_policy is counted, too`() throws {
    let body = "if noble() == 7 then\nnote('seven', 7)\nend"
    let changed = "with_policy('tiers', { noble = 7 }, function() decide('till.count', {}) end)"
    let top =
      "local policy = require('policies.tiers') local many = policy.noble > 50 and 'many'\n"
      + "local function noble() return many and policy.noble or policy.noble end"
    let coverage = try Self.coverage(body, [1], decide: changed, top: top)
    let branches = try #require(coverage.branches[ExactText(Self.file)])
    #expect(branches.map(\.text) == ["policy.noble > 50", "many", "many and policy.noble", "noble() == 7"])
    #expect(branches.allSatisfy { $0.hits.yes > 0 && $0.hits.no > 0 }, "\(branches)")
    #expect(coverage.files[ExactText(Self.file)]?[6] == 1)
    #expect(coverage.files["policies/tiers.lua"]?.keys.sorted() == [1])
  }

  @Test func `what a rule says is the same while it is counted, and it pays little for that`() throws {
    let body = """
      local n = 0
      for i = 1, 100000 do
        if i % 2 == 0 and i > 3 or i == 1 then n = n + i end
      end
      if input.n > 1 and input.deep.x then end
      """
    let plugin = """
      return { name = "till", version = "1", decisions = { ["till.count"] = {
        input = { n = "integer", deep = "any" }, output = { n = "any" }, decide = function(input)
      \(body)
        return { n = n } end } } }
      """
    let rulebook = try RulebookLoader.load(RulebookSamples.snapshot([Self.file: plugin]), runSpecs: false)
    let plain = DecisionRunner(rulebook: rulebook)
    let counting = DecisionRunner(rulebook: ProbedRulebook(rulebook).rulebook, countsLines: true)
    for input in [#"{"n":1}"#, #"{"n":2}"#, #"{"n":2,"deep":{}}"#].map({ Array($0.utf8) }) {
      let (first, second) = (plain.decide("till.count", input: input), counting.decide("till.count", input: input))
      #expect(first.result == second.result)
      let (fuel, counted) = (try #require(first.cost).fuel, try #require(second.cost).fuel)
      #expect(counted <= fuel + fuel / 5 && counted >= fuel / 2, "\(fuel), \(counted)")
    }
    #expect(counting.hits.branches.count == 5)
  }

  @Test func `a source that says the words itself, or can't be read, is left as it is`() {
    #expect(BranchProbes.counting(Array("local x = __branch and 1".utf8), from: 0) == nil)
    #expect(BranchProbes.counting(Array("if".utf8), from: 0) == nil)
    #expect(BranchProbes.counting(Array("return 1".utf8), from: 0) == nil)
    let counting = BranchProbes.counting(Array("local x = a or b".utf8), from: 7)
    #expect(counting.map { String(decoding: $0.source, as: UTF8.self) } == "local x = __branch(7,(a)) or b")
  }
}
