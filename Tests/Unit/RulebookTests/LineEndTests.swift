import Core
import LuaRuntime
import Testing

@testable import Rulebook

struct LineEndTests {
  private static let plugin = """
    local x = 1
    return {
      name = "a",
      version = "1.0.0",
      decisions = {
        ["a.b"] = {
          inptu = {},
          input = {}, output = {},
          decide = function() return {} end,
        },
      },
    }

    """

  @Test(arguments: ["\n", "\r\n", "\r", "\n\r"])
  func `a mistake is in the line where Lua counts it, whatever ends lines`(end: String) throws {
    let source = Self.plugin.pieces(at: "\n").joined(separator: end)
    let error = #expect(throws: RulebookRejected.self) {
      try RulebookLoader.load(
        RulebookSnapshot(files: ["plugins/a/plugin.lua": Array(source.utf8)]), runSpecs: false)
    }
    let wrong = try #require(error?.errors.first { $0.message.contains("inptu") })
    #expect(wrong.line == 7)
    #expect(
      LuaLines.of(Array(source.utf8)).map { String(decoding: $0, as: UTF8.self) }
        == Self.plugin.pieces(at: "\n").map { String($0) })
  }

  @Test func `lines are counted as Lua counts them`() {
    func lines(_ text: String) -> [String] { LuaLines.of(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) } }
    #expect(
      lines("") == [""] && lines("a") == ["a"] && lines("\n\n") == ["", "", ""]
        && lines("\r\r\n\n") == ["", "", "", ""])
    #expect(lines("a\n\rb\r\nc\nd\re") == ["a", "b", "c", "d", "e"])
  }

  @Test func `a key is found also behind marks that combine with what stands before it`() {
    let lines = KeyLines(
      source: Array("return {\n  -- =\u{301}\n  [\"\u{301}x\"] = 1,\n  key\u{301} = 2,\n  key = 3,\n}".utf8))
    #expect(lines.line(of: ["key"]) == 5)
    #expect(lines.line(of: ["\u{301}x"]) == 3)
  }

  @Test func `a decision without an input is told at its own line, not at the next one's input`() throws {
    let source = """
      return {
        name = "a", version = "1.0.0",
        decisions = {
          ["a.first"] = {
            output = {}, decide = function() local x, y = 1, {} return {} end,
          },
          ["a.second"] = {},
          ["a.third"] = {
            input = {}, output = { x = "date" }, decide = function() return {} end,
          },
        },
      }

      """
    let error = #expect(throws: RulebookRejected.self) {
      try RulebookLoader.load(
        RulebookSnapshot(files: ["plugins/a/plugin.lua": Array(source.utf8)]), runSpecs: false)
    }
    let missing = (error?.errors ?? []).filter { $0.message.contains("input: is missing") }
    #expect(missing.map(\.line) == [4, 7] && missing.map(\.column) == [7, 7], "\(missing)")
  }

  @Test(arguments: [
    ("local decisions = {}\nlocal x = 1\ndecisions[\"a.b\"] = {\n  input = 1,\n}", 4),
    ("local M = { decisions = {} }\nM.decisions[\"a.b\"] = {\n  input = 1,\n}", 1),
    ("return { decisions = {\n [\"a.b\"] = b,\n [\"a.c\"] = {\n  input = 1,\n} } }", 2),
    ("return { decisions = make(1, {\n [\"a.b\"] = make {\n  input = 1,\n} }) }", 3),
    ("local decisions = make()\nlocal input = 1\nreturn { decisions = decisions }", 1),
  ])
  func `a key is looked for in the value of the one before it`(source: String, line: Int) {
    #expect(KeyLines(source: Array(source.utf8)).line(of: ["decisions", "a.b", "input"]) == line)
  }

  @Test func `two files of other bytes are two, and one with a line feed in its name is refused`() throws {
    let files: [ExactText: [UInt8]] = ["policies/\u{E9}.lua": [1], "policies/e\u{301}.lua": [2]]
    let snapshot = RulebookSnapshot(files: files)
    #expect(snapshot.paths.count == 2)
    #expect(snapshot.digest != RulebookSnapshot(files: ["policies/\u{E9}.lua": [1]]).digest)
    let box = try WatchSandbox()
    defer { box.erase() }
    try box.write("policies/a.lua", "return {}")
    try box.write("policies/b\n.lua", "return {}")
    #expect(throws: RulebookError.self) { try RulebookFiles(directory: box.root).read() }
  }

  @Test func `a spec's own failure comes first, and what the hooks say behind it`() throws {
    let run = try RulebookSamples.specs(
      """
      describe("d", function()
        after_each(function() error("first hook") end)
        after_each(function() error("second hook") end)
        it("fails", function() error("own failure") end)
        it("passes", function() end)
      end)
      """)
    let messages = run.results.map { $0.message ?? "" }
    #expect(run.results.allSatisfy { $0.status == .failed })
    let file = "plugins/tiers/spec/tiers_spec.lua"
    #expect(
      messages[0].pieces(at: "\n") == [
        "\(file):4: own failure", "after_each failed, too: \(file):2: first hook",
        "after_each failed, too: \(file):3: second hook",
      ])
    #expect(
      messages[1].pieces(at: "\n") == ["\(file):2: first hook", "after_each failed, too: \(file):3: second hook"])
  }
}
