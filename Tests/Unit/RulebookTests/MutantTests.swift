import Core
import Testing

@testable import Rulebook

@Suite struct MutantTests {
  private func changes(_ text: String) -> [String] {
    MutantFinder.mutants(of: "plugins/tiers/plugin.lua", source: Array(text.utf8)).map { "\($0.before) → \($0.after)" }
  }

  @Test(arguments: [
    ("return a < b", ["< → <=", "< → >="]), ("return a == b", ["== → ~="]), ("return a + b * c", ["+ → -", "* → /"]),
    ("return a and not b", ["and → or", "not b → b"]), ("return -a", ["-a → a"]),
    ("return 5", ["5 → 4", "5 → 6"]), ("return 0", ["0 → 1"]), ("return 0.5", ["0.5 → (0.5 + 1)"]),
    ("return true", ["true → false"]), ("return 'ab'", ["'ab' → 'a~'"]), ("return ''", ["'' → '~'"]),
    ("return a .. b", ["a .. b → a"]), ("f(a, b, b)", ["f(a, b, b) → ", "a, b → b, a"]),
    ("x = 1", ["x = 1 → ", "1 → 2"]),
    ("if a then b = c end", ["a → false", "a → true", "b = c → "]),
    ("while a do f() end", ["while a do f() end → ", "a → false", "a → true", "f() → "]),
    ("return { a = b, c }", ["b → nil", "c → nil"]), ("local function f() return a end", ["return a → "]),
  ])
  func `every sort of small change is made`(text: String, expected: [String]) {
    #expect(changes(text) == expected)
  }

  @Test(arguments: [
    "return math.max(a, b)", "local a = require 'policies.fees'",
    "return { summary = 'x', description = 'y', version = '1' }",
    "local function f() return nil end", "return a.b.c", "return nil", "local function f() end", "M.f = function() end",
  ])
  func `what can't matter is left as it is`(text: String) {
    #expect(changes(text) == [])
  }

  @Test func `a mutant is the source with one place changed, and is told with it`() throws {
    let source = Array("local x = 1\nreturn x <= 2\n".utf8)
    let mutant = try #require(MutantFinder.mutants(of: "plugins/a/b.lua", source: source).first { $0.after == "<" })
    #expect(String(decoding: mutant.source(source), as: UTF8.self) == "local x = 1\nreturn x < 2\n")
    #expect(mutant.line == 2 && mutant.column == 10)
    #expect(mutant.title == "plugins/a/b.lua: '<=' is '<': return x <= 2")
  }

  private static let thorough = """
    describe("tier.assign", function()
      each({ { "Nobili", "enterprise", 100 }, { "Popolani", "observer", 0 } }, function(row)
        it("assigns " .. row[1], function()
          local result = decide("tier.assign", { social_class = row[1] })
          assert.same({ tier = row[2], price = row[3] }, result)
        end)
      end)
    end)
    """

  private func report(_ spec: String, known: String = "") async throws -> MutantReport {
    let files = ["plugins/tiers/spec/tiers_spec.lua": spec]
    let rulebook = try RulebookLoader.load(RulebookSamples.snapshot(files), runSpecs: false)
    var survivors = KnownSurvivors()
    try survivors.add(Array(known.utf8), "plugins/tiers/spec/survivors.txt")
    let results = await MutantRunner(rulebook: rulebook, plugin: "tiers").run(atOnce: 2) {}
    return MutantReport(results, known: survivors)
  }

  @Test func `thorough specs find what empty ones let survive`() async throws {
    let good = try await report(Self.thorough)
    let bad = try await report(
      "it('says little', function() assert.is_not_nil(decide('tier.assign', { social_class = '' })) end)")
    #expect(
      good.unexplained.map(\.change) == ["'{ type = \"number\", default = 0 }' is 'nil'", "'0' is '1'"],
      "\(good.unexplained.map(\.title))")
    #expect(good.found > 10 && good.unloadable > 0)
    #expect(bad.unexplained.count > 5)
    #expect(bad.ratio < good.ratio)
    #expect(good.total == bad.total)
    #expect(good.pretty(verbose: false).hasPrefix("plugins/tiers/plugin.lua:9:54: survived: '{ type = "))
  }

  @Test func `a survivor that is explained is told only when asked, and an explanation of none is stale`() async throws
  {
    let line = "input = { social_class = \"string\", influence = { type = \"number\", default = 0 } },"
    let known = """
      # Why.
      plugins/tiers/plugin.lua: '0' is '1': \(line)
        Nothing reads influence.
      plugins/tiers/plugin.lua: '{ type = "number", default = 0 }' is 'nil': \(line)
        Nor whether
        it is there.
      plugins/tiers/plugin.lua: '0' is '2': \(line)
        Nobody makes this one.

      """
    let report = try await report(Self.thorough, known: known)
    #expect(report.unexplained.isEmpty)
    #expect(report.explained.map(\.reason) == ["Nor whether it is there.", "Nothing reads influence."])
    #expect(report.stale.map(\.place.line) == [7])
    #expect(!report.pretty(verbose: false).contains("explained: "))
    #expect(report.pretty(verbose: true).contains("\n  explained: Nothing reads influence.\n"))
    #expect(report.json["stale"]?.array?.count == 1 && report.json["survived"] == [])
  }

  @Test(arguments: [("a: b: c\n", 1), ("  why\n", 1), ("a: b: c\n  why\nd: e: f\n", 3)])
  func `an entry without a reason, and a reason without an entry, are refused with their line`(text: String, line: Int)
  {
    var known = KnownSurvivors()
    #expect { try known.add(Array(text.utf8), "plugins/a/spec/survivors.txt") } throws: { error in
      (error as? RulebookError)?.line == line
    }
  }
}
