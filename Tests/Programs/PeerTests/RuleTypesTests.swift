import Core
import Foundation
import PeerTesting
import Rulebook
import TestSupport
import Testing

/// EmmyLua, by the types that `cascade types` writes, takes every rule and spec that is shipped, and no wrong ones.
@Suite(.needsPeers) struct RuleTypesTests {
  /// A finding: `3 undefined-field: Undefined field …`
  private static func findings(in directory: String) throws -> [String: [String]] {
    let run = try PeerProcess.run([Peers.script("lua_types.py"), directory])
    try #require(run.status == 0, "\(run.text)")
    let files = try JSON(parsing: Array(run.text.utf8)).object?.members ?? []
    return Dictionary(
      uniqueKeysWithValues: files.map { file in
        let found = (file.value.array ?? []).map { finding in
          let parts = finding.array ?? []
          return "\(parts[0].text) \(parts[1].string ?? ""): \(parts[2].string ?? "")"
        }
        return (file.name, found)
      })
  }

  /// Calls `body` with a copy of a rulebook that has fresh types and settings.
  private static func withTypes(_ rulebook: CheckedRulebook, _ body: (URL) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "types-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    func write(_ path: String, _ bytes: [UInt8]) throws {
      let file = directory.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: file)
    }
    for folder in ["policies", "plugins/library"] {
      let path = directory.appending(path: folder)
      try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
    }
    for (path, bytes) in rulebook.snapshot.files { try write(path.text, bytes) }
    for file in EditorTypes.files(for: rulebook) { try write(file.path, Array(file.content.utf8)) }
    try body(directory)
  }

  @Test(arguments: ["", "eligibility", "rewards", "shipping"])
  func `every shipped rule and spec is taken without a word`(example: String) throws {
    let path = example.isEmpty ? "" : "/Tests/Fixtures/rulebooks/\(example)"
    let rulebook = try RulebookLoader.load(directory: Checkout.directory + path, runSpecs: false)
    try Self.withTypes(rulebook) { directory in
      let files = try Self.findings(in: directory.path())
      #expect(files.count > (example.isEmpty ? 50 : 2))
      for (file, found) in files { #expect(found == [], "\(file)") }
    }
  }

  /// Wrong lines of a rule, or of a spec, and what they are told to be.
  static let wrongs = [
    ("return { total = input.prize }", "undefined-field"),
    ("return { total = input.price:share({ 1 }) }", "undefined-field"),
    ("return { total = input.count }", "return-type-mismatch"),
    ("return { total = input.price + 1 }", "return-type-mismatch"),
    ("return { total = input.price * \"2\" }", "return-type-mismatch"),
    ("return { total = amount(input.price, input.price) }", "param-type-mismatch"),
    ("return { total = input.price:convert(\"USD/2\", {}, {}, \"up\") }", "param-type-mismatch"),
    ("host.ledger.pots { from = \"a\", to = \"b\", amount = input.price }", "undefined-field"),
    ("host.ledger.post { from = \"a\", to = \"b\" }", "missing-fields"),
    ("host.ledger.post { from = \"a\", to = \"b\", amount = \"1.00 USD/2\" }", "assign-type-mismatch"),
    ("host.limit.take { name = \"n\", most = 1, per = \"week\" }", "assign-type-mismatch"),
    ("return { total = amount(require(\"policies.fees\").fe) }", "undefined-field"),
    ("return { total = host.ledger.balance(\"a\") + input.price }", "need-check-nil"),
    ("return nil, { cod = \"x\", message = \"y\" }", "return-type-mismatch"),
    ("return { total = ammount(\"1.00 USD/2\") }", "undefined-global"),
    ("it(5, function() end)", "param-type-mismatch"),
    ("assert.equals(1, input)", "undefined-field"),
    ("assert.refused(function() end)", "param-type-mismatch"),
  ]

  @Test func `wrong rules and specs are found, each by what is wrong with it`() throws {
    let fields = """
      input = { price = "amount", count = "integer" }, output = { total = "amount" },
      """
    let plugin = """
      return { name = "wrong", version = "1", decisions = { ["wrong.it"] = {
        \(fields) decide = function(input) return { total = input.price } end,
      } } }

      """
    let files = [
      "plugins/wrong/plugin.lua": plugin,
      "policies/fees.lua": "return { fee = \"0.02\" }\n",
    ].map { (ExactText($0.key), Array($0.value.utf8)) }
    let rulebook = try RulebookLoader.load(
      RulebookSnapshot(files: Dictionary(uniqueKeysWithValues: files)), runSpecs: false)
    try Self.withTypes(rulebook) { directory in
      for (number, wrong) in Self.wrongs.enumerated() {
        let source = """
          ---@type cascade.Decisions
          return { ["wrong.it"] = { \(fields) decide = function(input, host)
          do \(wrong.0) end
          end } }

          """
        try Data(source.utf8).write(to: directory.appending(path: "plugins/wrong/wrong_\(number).lua"))
      }
      let found = try Self.findings(in: directory.path())
      for (number, wrong) in Self.wrongs.enumerated() {
        let told = found["plugins/wrong/wrong_\(number).lua"] ?? []
        #expect(told.contains { $0.hasPrefix("3 \(wrong.1): ") }, "\(wrong.0): \(told)")
      }
    }
  }
}
