import Core
import LuaRuntime
import Testing

@testable import Rulebook

/// What `require` reaches, while a rulebook loads and while it decides.
@Suite struct RequireTests {
  /// A plugin whose decision `z.ask` answers what the Lua expression `asked` gives, evaluated while it decides.
  private static func plugin(_ asked: String, before: String = "") -> String {
    """
    \(before)
    return { name = "z", version = "1.0.0", decisions = { ["z.ask"] = {
      input = {}, output = { v = "any" },
      decide = function() return { v = \(asked) } end,
    } } }
    """
  }

  private static let shared: [String: String?] = [
    "plugins/z/mod.lua": "return { v = 'own' }", "plugins/z/library/own.lua": "return { v = 'hidden' }",
    "plugins/library/words.lua": "return { v = function() return require('policies.tiers').noble end }",
    "plugins/library/own.lua": "return { v = 'shared' }",
  ]

  private func answer(_ asked: String, before: String = "") throws -> JSON {
    var files = Self.shared
    files["plugins/z/plugin.lua"] = Self.plugin(asked, before: before)
    let rulebook = try RulebookLoader.load(RulebookSamples.snapshot(files), runSpecs: false)
    let answer = DecisionRunner(rulebook: rulebook).decide("z.ask", input: Array("{}".utf8))
    switch answer.result {
    case .success(let bytes): return try JSON(parsing: bytes)["v"] ?? .null
    case .failure(let failure): return .string(failure.message)
    }
  }

  @Test(arguments: [
    ("require('mod').v", JSON.string("own")), ("require('policies.tiers').noble", 100),
    ("require('library.words').v()", 100), ("require('z.mod') == require('mod')", true),
    ("require('plugins.z.mod') == require('mod')", true), ("require('library.own').v", "shared"),
  ])
  func `a module is the same one while a rule decides as while it loads`(asked: String, expected: JSON) throws {
    #expect(try answer(asked) == expected)
    #expect(try answer("early", before: "local early = " + asked) == expected)
  }

  @Test func `a module that is not there is named with what there is`() throws {
    let text = try answer("require('library.wrds')").string
    #expect(
      text == "plugins/z/plugin.lua:4: z.ask: module 'library.wrds' not found: a rule can require \"policies.…\", "
        + "\"library.…\" and its own plugin's modules")
  }

  @Test func `a require that failed and was caught changes nothing for the next one`() throws {
    let before = "local is_there = pcall(require, 'library.words') and not pcall(require, 'none')"
    #expect(try answer("is_there and require('mod').v", before: before) == "own")
  }

  @Test func `a circle of modules is told as a chain, and nothing else is`() {
    let messages = RulebookSamples.messages([
      "plugins/library/a.lua": "return require 'library.b'", "plugins/library/b.lua": "return require 'library.c'",
      "plugins/library/c.lua": "return { a = require 'library.a' }",
    ])
    #expect(
      messages == [
        "plugins/library/c.lua:1: circular require: plugins/library/a.lua → plugins/library/b.lua → "
          + "plugins/library/c.lua → plugins/library/a.lua; move what both need into a third file"
      ])
  }

  @Test func `a module of the library that fails is told once, whoever requires it`() {
    let messages = RulebookSamples.messages([
      "plugins/library/a.lua": "error('no')", "plugins/library/b.lua": "return require 'library.a'",
    ])
    #expect(messages == ["plugins/library/a.lua:1: no"])
  }

  @Test func `no plugin is named as the library`() {
    let plugin = "return {\n  name = 'library', version = '1.0.0', decisions = {} }"
    #expect(
      RulebookSamples.messages(["plugins/library/plugin.lua": plugin]) == [
        "plugins/library/plugin.lua:2: a plugin can't be named 'library': that folder holds what all plugins share; "
          + "rename the folder"
      ])
  }

  @Test func `the library has specs of its own and is in the coverage`() throws {
    let files: [String: String?] = [
      "plugins/library/rules.lua": "local M = {}\nfunction M.one()\n  return 1\nend\nreturn M\n",
      "plugins/library/spec/rules_spec.lua":
        "it('is one', function() assert.equal(1, require('library.rules').one()) end)",
    ]
    let rulebook = try RulebookLoader.load(RulebookSamples.snapshot(files), runSpecs: true)
    let run = SpecRunner(rulebook: rulebook, countsLines: true).run()
    #expect(run.count(.passed) == 1)
    #expect(run.coverage?.files["plugins/library/rules.lua"]?[3] == 1)
  }
}
