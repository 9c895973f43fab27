import Core
import Testing

@testable import Rulebook

@Suite struct UnrunSpecTests {
  @Test(arguments: [
    "it(\"says nothing\", function() end)",
    "it(\"only decides\", function() decide(\"tier.assign\", { social_class = \"x\" }) end)",
    "property(\"says nothing\", { generate.integer() }, function() end)",
    "local e = assert.equal\nit(\"x\", function() end)",
  ])
  func `a spec that asserts nothing fails at its line`(text: String) throws {
    let run = try RulebookSamples.specs("\n" + text + "\n")
    #expect(run.results.map(\.status) == [.failed] && run.results.first?.assertsNothing == true)
    #expect(!run.isSuccess && run.showsNothing)
    let line = text.contains("local e") ? 3 : 2
    let message = run.results.first?.message ?? ""
    #expect(message.hasPrefix("plugins/tiers/spec/tiers_spec.lua:\(line): the spec asserts nothing"), "\(message)")
  }

  @Test(arguments: [
    "assert(true)", "assert.has_error(function() error('x') end)", "pcall(assert.equal, 1, 1)",
    "local e = assert.equal; e(1, 1)", "assert.refused('invalid_input', function() decide('tier.assign', {}) end)",
  ])
  func `any word of assert counts`(text: String) throws {
    let run = try RulebookSamples.specs("it(\"x\", function() \(text) end)")
    #expect(run.results.map(\.status) == [.passed], "\(run.results)")
  }

  @Test func `an assertion of one spec is none of the next`() throws {
    let run = try RulebookSamples.specs("it('a', function() assert(true) end) it('b', function() end)")
    #expect(run.results.map(\.status) == [.passed, .failed])
    let failing = try RulebookSamples.specs("it('a', function() assert(false) end) it('b', function() end)")
    #expect(run.showsNothing && !failing.showsNothing && failing.results.map(\.assertsNothing) == [false, true])
  }

  @Test func `a spec file that declares no spec is named`() throws {
    let run = try RulebookSamples.specs("local x = 1\n")
    #expect(run.loadErrors.count == 1)
    #expect(run.loadErrors.first?.hasPrefix("plugins/tiers/spec/tiers_spec.lua:1: declares no spec") == true)
    #expect(!run.isSuccess && run.showsNothing)
  }

  @Test func `folders without a plugin and files beside the folders are named, and the library is not`() throws {
    let box = try WatchSandbox()
    defer { box.erase() }
    try box.write("plugins/tiers/plugin.lua", "return { name = 'tiers', version = '1', decisions = {} }")
    try box.write("plugins/library/rules.lua", "return {}")
    try box.write("plugins/lost/Plugin.lua", "return {}")
    try box.write("plugins/deep/spec/deep_spec.lua", "")
    try box.write("plugins/notes/readme.md", "")
    try box.write("plugins/loose.lua", "")
    try box.write("spec/tiers_spec.lua", "it('x', function() end)")
    try box.write("spec/deep/more_spec.lua", "")
    try box.write("spec/helpers.lua", "")
    let doubts = try RulebookLoader.load(directory: box.root, runSpecs: false).doubts
    #expect(
      doubts.map(\.file) == [
        "spec/deep/more_spec.lua", "spec/tiers_spec.lua", "plugins/deep", "plugins/loose.lua", "plugins/lost",
      ])
    #expect(doubts.allSatisfy { $0.code == .neverRuns })
    #expect(
      doubts[1].message == "spec/tiers_spec.lua: these specs never run, as the file is in no plugin; "
        + "move it to plugins/NAME/spec/tiers_spec.lua")
    #expect(doubts.last?.message.hasPrefix("plugins/lost: this folder has no plugin.lua") == true)
  }
}
