import Core
import LuaRuntime
import Testing

@testable import Rulebook

@Suite struct PluginSchemaTests {
  @Test func `a node's children stand together, sorted by name`() {
    var nodes = SchemaNodes()
    let list = FieldSchema(
      .list(FieldSchema(.record(RecordSchema(["z": FieldSchema(.string), "y": FieldSchema(.amount)])))))
    let root = nodes.add(RecordSchema(["b": list, "a": FieldSchema(.options(["x", "w"]))]))
    #expect(root == 0)
    #expect(nodes.nodes.map(\.name) == ["", "a", "b", "x", "w", "", "y", "z"])
    #expect(nodes.nodes.map(\.children) == [1..<3, 3..<5, 5..<6, 0..<0, 0..<0, 6..<8, 0..<0, 0..<0])
  }

  @Test func `JSON Schema requires what has no default and refuses what is unknown`() {
    var level = FieldSchema(.number(minimum: 0, maximum: 1.5))
    level.defaultValue = 0
    let schema = RecordSchema(["level": level, "name": FieldSchema(.string)]).jsonSchema
    #expect(schema["required"] == ["name"])
    #expect(schema["additionalProperties"] == false)
    #expect(
      schema["properties"]?["level"]
        == ["type": "number", "minimum": 0, "maximum": .double(1.5), "default": 0])
  }

  @Test func `a star in an account pattern stands for one segment`() throws {
    let pattern = try #require(AccountPattern("citizen:*"))
    #expect(pattern.matches("citizen:alice"))
    #expect(!pattern.matches("citizen:alice:bonus"))
    #expect(!pattern.matches("citizen"))
    #expect(AccountPattern("") == nil)
    #expect(AccountPattern("a*") == nil)
  }

  @Test func `amounts are read as they are shown`() {
    for text in ["97.50 USD/2", "-0.01 USD/2", "5 DUC", "9223372036854775807 X"] {
      #expect(Amount(text: text)?.description == text)
    }
    #expect(Amount(text: "1.5 USD/2")?.minor == 150)
    for text in ["1.505 USD/2", "1. USD/2", ".5 USD/2", "1", "9223372036854775808 X"] {
      #expect(Amount(text: text) == nil, "\(text)")
    }
  }

  @Test func `the editor's library names every host call and every decision`() throws {
    let rulebook = try RulebookLoader.load(RulebookSamples.snapshot(), runSpecs: false)
    let library = EditorTypes.library(decisions: rulebook.decisions)
    for call in HostCallName.allCases {
      #expect(library.contains("---@field \(call.rawValue.drop { $0 != "." }.dropFirst()) fun("))
    }
    #expect(library.contains("---@class cascade.bank.pay.Input\n---@field amount cascade.Amount\n"))
    #expect(library.contains("cascade.bank.pay.Output?, cascade.Refusal?\n"))
    #expect(
      EditorTypes.files(for: rulebook).map(\.path) == [
        "plugins/library/cascade.lua", ".luarc.json", ".emmyrc.json", ".luacheckrc",
      ])
  }

  @Test func `the editor knows the refusals that a decision declares, in rules and in specs`() throws {
    let declared = "refusals = { too_poor = \"nothing to\\npay with\", closed = \"\" }, debits ="
    let text = RulebookSamples.bank.replacing("debits =", with: declared)
    let rulebook = try RulebookLoader.load(
      RulebookSamples.snapshot(["plugins/bank/plugin.lua": text]), runSpecs: false)
    let library = EditorTypes.library(decisions: rulebook.decisions)
    #expect(
      library.contains(
        """
        ---@alias cascade.bank.pay.RefusalCode
        ---| "closed"
        ---| "too_poor" # nothing to pay with

        ---@class cascade.bank.pay.Refusal: cascade.Refusal
        ---@field code cascade.bank.pay.RefusalCode

        """), "\(library)")
    #expect(library.contains("cascade.bank.pay.Output?, cascade.bank.pay.Refusal|cascade.Refusal|nil\n"))
    #expect(library.contains("---@alias cascade.RefusalCode\n---| \"closed\"\n---| \"too_poor\"\n---| string\n"))
    #expect(library.contains("---@field refused fun(code: cascade.RefusalCode, "))
  }
}
