import Core
import LuaRuntime
import Testing

@testable import Rulebook

/// What a plugin can declare of its fields, its accounts and its refusals.
@Suite struct SchemaKeysTests {
  static func rulebook(input: String, more: String = "", body: String = "return {}") throws(RulebookRejected)
    -> CheckedRulebook
  {
    let plugin = """
      return { name = "shop", version = "1.0.0", decisions = { ["shop.sell"] = {
        input = { \(input) }, output = { x = { type = "any", optional = true } }, \(more)
        decide = function(input, host) \(body) end,
      } } }
      """
    return try RulebookLoader.load(
      RulebookSnapshot(files: ["plugins/shop/plugin.lua": Array(plugin.utf8)]), runSpecs: false, review: .doubts)
  }

  static func problem(input: String, more: String = "", body: String = "return {}") -> String {
    do throws(RulebookRejected) {
      return try rulebook(input: input, more: more, body: body).doubts.first?.message ?? ""
    } catch {
      return error.errors.first?.message ?? ""
    }
  }

  static func decide(_ rulebook: CheckedRulebook, _ input: String, fakes: Fakes = Fakes()) -> String {
    let answer = DecisionRunner(rulebook: rulebook).decide("shop.sell", input: Array(input.utf8), fakes: fakes)
    switch answer.result {
    case .success(let bytes): return String(decoding: bytes, as: UTF8.self)
    case .failure(let failure): return "\(failure.code.rawValue) \(failure.reason ?? "-"): \(failure.message)"
    }
  }

  @Test(
    arguments: [
      ("x = \"decimal\"", "\"0.5\"", ["type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$"]),
      ("x = \"date\"", "\"2026-11-29\"", ["type": "string", "format": "date"]),
      ("x = \"timestamp\"", "\"2026-11-29T10:00:00Z\"", ["type": "string", "format": "date-time"]),
      ("x = { map = \"integer\" }", "{\"a\":1}", ["type": "object", "additionalProperties": ["type": "integer"]]),
      ("x = { enum = { 1, 2 } }", "2", ["enum": [1, 2]]),
      (
        "x = { any_of = { \"string\", { list = \"string\" } } }", "[\"a\"]",
        ["anyOf": [["type": "string"], ["type": "array", "items": ["type": "string"]]]]
      ),
      (
        "x = { type = \"string\", min_length = 2, max_length = 4, pattern = \"%u%d-\" }", "\"A12\"",
        ["type": "string", "minLength": 2, "maxLength": 4, "pattern": "^[A-Z][0-9]*?$"]
      ),
      // Anchors say what holds anyway.
      ("x = { type = \"string\", pattern = \"^%a+$\" }", "\"ab\"", ["type": "string", "pattern": "^[A-Za-z]+$"]),
      ("x = { type = \"string\", pattern = \"%d%%$\" }", "\"5%\"", ["type": "string", "pattern": "^[0-9]%$"]),
      ("x = { type = \"string\", pattern = \"%d%$\" }", "\"5$\"", ["type": "string", "pattern": "^[0-9]\\$$"]),
      (
        "x = { list = \"string\", min_items = 1, max_items = 2 }", "[\"a\"]",
        ["type": "array", "items": ["type": "string"], "minItems": 1, "maxItems": 2]
      ),
      (
        "x = { list = \"string\", default = {} }", "[\"a\"]",
        ["type": "array", "items": ["type": "string"], "default": []]
      ),
    ] as [(String, String, JSON)])
  func `a form is taken, passed on and documented`(input: String, value: String, schema: JSON) throws {
    let rulebook = try Self.rulebook(input: input, body: "return { x = input.x }")
    #expect(Self.decide(rulebook, "{\"x\":\(value)}") == "{\"x\":\(value)}")
    #expect(rulebook.decisions[0].input.jsonSchema["properties"]?["x"] == schema)
  }

  @Test func `an amount has an asset and bounds`() throws {
    let rulebook = try Self.rulebook(
      input: "x = { type = \"amount\", min = \"1.00 USD/2\", max = amount(\"2.00 USD/2\") }")
    #expect(Self.decide(rulebook, #"{"x":"1.50 USD/2"}"#) == "{}")
    #expect(Self.decide(rulebook, #"{"x":"2.01 USD/2"}"#).hasSuffix("field 'x' is above its maximum 2.00 USD/2"))
    #expect(Self.decide(rulebook, #"{"x":"1.50 DUC/2"}"#).hasSuffix("field 'x' is in DUC/2; it wants USD/2"))
    let minor = rulebook.decisions[0].input.jsonSchema["properties"]?["x"]?["oneOf"]?.array?[0]["properties"]?["minor"]
    #expect(minor == ["type": "integer", "minimum": 100, "maximum": 200])
  }

  @Test func `a list that is left out is empty where its default is`() throws {
    let rulebook = try Self.rulebook(
      input: "x = { list = \"string\", default = {} }", body: "return { x = #input.x }")
    #expect(Self.decide(rulebook, "{}") == "{\"x\":0}")
  }

  @Test(arguments: [
    ("x = { type = \"string\", min_items = 1 }", "'min_items' is for lists and maps only; take it out"),
    ("x = { type = \"integer\", pattern = \"a\" }", "'pattern' is for strings only; take it out"),
    ("x = { type = \"string\", min_length = -1 }", "'min_length' must be a whole number that isn't negative"),
    (
      "x = { type = \"string\", min_length = 3, max_length = 2 }",
      "'min_length' is over 'max_length'; change one of them"
    ),
    ("x = { type = \"string\", pattern = \"(a)\" }", "a field's pattern has no captures; write %( for a parenthesis"),
    ("x = { type = \"string\", pattern = \"%b()\" }", "a field's pattern knows no %b; it has %a %d %l %u %w %x"),
    ("x = { type = \"string\", pattern = \"[a\" }", "a set in the pattern has no end; close it with ]"),
    ("x = { type = \"string\", pattern = \"%\" }", "the pattern ends with %; write %% for one"),
    ("x = { type = \"string\", pattern = \"é\" }", "a pattern goes by bytes: write it in ASCII"),
    ("x = { type = \"amount\", min = 5 }", "'min' of an amount must be an amount: min = \"1.00 USD/2\""),
    ("x = { type = \"amount\", asset = \"usd\" }", "'asset' must be an asset's name: asset = \"USD/2\""),
    (
      "x = { type = \"amount\", asset = \"USD/2\", min = \"1.00 DUC/2\" }",
      "'min' is in DUC/2 and the field in USD/2; give both in one asset"
    ),
    ("x = { any_of = { \"string\" } }", "'any_of' must be a list of 2 to 8 types"),
    (
      "x = { any_of = { \"string\", { type = \"date\", optional = true } } }",
      "'optional' and 'default' stand beside 'any_of', not in it; move them out"
    ),
    ("x = { enum = { 1, \"one\" } }", "'enum' must be a list of different texts, or of different numbers"),
    (
      "x = { type = \"date\", default = \"2026-02-30\" }",
      ".default: 'default' is no date: write it like \"2026-11-29\""
    ),
    ("x = { type = \"decimal\", default = \"1,5\" }", "'default' is no decimal: write it like \"0.025\""),
    ("x = { type = \"timestamp\", default = \"2026-11-29\" }", "'default' is no timestamp: write it like \"2026-11"),
    ("x = { type = \"amount\", default = \"5 ducats\" }", "'default' is no amount: write it like \"1.00 USD/2\""),
    (
      "x = { type = \"amount\", asset = \"USD/2\", default = \"1.00 DUC/2\" }",
      "'default' is in DUC/2 and the field in USD/2; give both in one asset"
    ),
    (
      "x = { type = \"amount\", min = \"1.00 USD/2\", default = \"0.99 USD/2\" }",
      "'default' is outside of the field's own 'min' and 'max'; change one of them"
    ),
    ("x = { list = \"date\", default = { \"today\" } }", "'default' is no date: write it like"),
    ("x = { type = \"string\", min_length = 1, default = \"\" }", "'default' has 0 characters; give it at least 1"),
    (
      "x = { type = \"string\", pattern = \"^%d+$\", default = \"abc\" }",
      ".default: 'default' doesn't fit the field's own pattern '%d+'; change one of them"
    ),
    (
      "x = { list = { type = \"string\", pattern = \"%u\" }, default = { \"A\", \"b\" } }",
      "'default' doesn't fit the field's own pattern '%u'"
    ),
    (
      "x = { record = { day = \"date\" }, default = { dya = \"2026-11-29\" } }",
      "'default' has 'dya', which isn't among the fields; did you mean 'day'?"
    ),
    ("x = { record = { day = \"date\" }, default = {} }", "'default' lacks 'day', which isn't optional"),
    ("x = { map = \"string\", list = \"string\" }", "needs exactly one of 'type', 'enum', 'list', 'map'"),
  ])
  func `what a field can't say is told with what to do`(input: String, text: String) {
    let told = Self.problem(input: input)
    #expect(told.hasPrefix("plugins/shop/plugin.lua:2: shop.sell: input.x") && told.contains(text), "\(told)")
  }

  @Test(arguments: [
    (
      "decimal",
      [
        "0", "-0.5", "0.025", "123456789012345678", "1234567890123456789", "", "-", ".5", "5.", "1.2.3", "+1", "1e3",
        "--1",
      ]
    ),
    (
      "date",
      [
        "2026-11-29", "2024-02-29", "2026-02-29", "1900-02-29", "2000-02-29", "0000-01-01", "0000-02-29", "9999-12-31",
        "2026-13-01", "2026-00-10", "2026-11-31", "2026-11-00", "2026-1-1", "26-11-29", "2026/11/29", "", "-026-01-01",
      ]
    ),
    (
      "timestamp",
      [
        "2026-11-29T10:00:00Z", "2026-11-29T10:00:00.123456789+01:00", "2026-11-29T23:59:59-23:59",
        "2026-11-29T10:00:00.1234567890Z", "2026-11-29T10:00:00.Z", "2026-11-29T24:00:00Z", "2026-11-29T10:60:00Z",
        "2026-11-29T10:00:60Z", "2026-11-29T10:00Z", "2026-11-29T10:00:00", "2026-11-29 10:00:00Z",
        "2026-11-29t10:00:00Z", "2026-11-29T10:00:00z", "2026-11-29T10:00:00+24:00", "2026-11-29T10:00:00+0100",
        "2026-11-29T10:00:00+01:60", "2026-02-30T10:00:00Z", "2026-11-29T1:00:00Z", "", "TTT",
      ]
    ),
    (
      "amount",
      [
        "1.00 USD/2", "-0.01 USD/2", "5 DUC", "1.005 USD/2", "1", "1. USD/2", ".5 USD/2", "1 usd", " 1 USD", "1  USD",
        "",
      ]
    ),
    ("account", ["ada", "citizen:ada", "", "a b", "a::b", ":a"]),
  ])
  func `a default is refused when the rulebook loads, just where an input is when it is decided`(
    type: String, texts: [String]
  ) throws {
    let rulebook = try Self.rulebook(input: "x = \"\(type)\"")
    for text in texts {
      let isTaken = Self.decide(rulebook, "{\"x\":\"\(text)\"}") == "{}"
      let told = Self.problem(input: "x = { type = \"\(type)\", default = \"\(text)\" }")
      #expect(told.isEmpty == isTaken, "\(type) '\(text)': \(told)")
    }
  }

  @Test func `world is in nobody's debits or credits`() {
    for key in ["debits", "credits"] {
      let told = Self.problem(input: "", more: "\(key) = { \"world\" },")
      #expect(told.contains("'world' is where money comes from, and only an operator's to move"), "\(told)")
    }
  }

  private static let posting = """
    host.ledger.post { from = "bank", to = account("points", input.to), amount = amount("1.00 DUC/2") }
    return {}
    """

  @Test func `a rule credits the accounts that its credits name, and no others`() throws {
    let more = "uses = { \"ledger.post\" }, debits = { \"bank\" }, credits = { \"points:ada\" },"
    let rulebook = try Self.rulebook(input: "to = \"string\"", more: more, body: Self.posting)
    var fakes = Fakes()
    fakes.balances = [try #require(AccountName("bank")): Amount(500, try #require(Asset("DUC/2")))]
    #expect(Self.decide(rulebook, #"{"to":"ada"}"#, fakes: fakes) == "{}")
    #expect(
      Self.decide(rulebook, #"{"to":"eve"}"#, fakes: fakes).hasSuffix(
        "shop.sell may not credit 'points:eve': it isn't in its 'credits'"))
    let written = Self.posting.replacing("account(\"points\", input.to)", with: "\"eve\"")
    #expect(
      Self.problem(input: "to = \"string\"", more: more, body: written).hasSuffix(
        "shop.sell credits 'eve', which its 'credits' doesn't name; add \"eve\" there"))
  }

  @Test func `any text makes a legal account of its own`() throws {
    let rulebook = try Self.rulebook(input: "x = \"string\"", body: "return { x = account(\"points\", input.x) }")
    let names = ["ada", "ada_b", "José", "a:b", "", "-", "-_", "-_41", "A-_", "a b", "--_", "-_2d"]
    let made = try names.map { name in
      try #require(
        JSON(parsing: Array(Self.decide(rulebook, JSON.object(JSON.Object([("x", .string(name))])).text).utf8))["x"]?
          .string)
    }
    #expect(made.prefix(3) == ["points:ada", "points:ada_b", "points:Jos-_c3-_a9"])
    #expect(made.allSatisfy { AccountName($0) != nil }, "\(made)")
    #expect(Set(made).count == names.count)
    let long = String(repeating: "é", count: 200)
    #expect(
      Self.decide(rulebook, "{\"x\":\"\(long)\"}").hasPrefix("refused illegal_account: the account's name is longer"))
  }

  @Test func `a name that is none refuses the decision and fails no rule`() throws {
    let rulebook = try Self.rulebook(
      input: "x = \"string\"", more: "uses = { \"ledger.balance\" },",
      body: "return { x = host.ledger.balance(input.x) }")
    #expect(Self.decide(rulebook, #"{"x":"a b"}"#) == "refused illegal_account: 'a b' is no account's name")
  }

  @Test func `refusals that aren't declared are found, and those that are come with their texts`() throws {
    let body = "if input.x == \"\" then return nil, { code = \"emty\", message = \"say something\" } end return {}"
    #expect(
      Self.problem(input: "x = \"string\"", more: "refusals = { \"empty\" },", body: body).hasSuffix(
        "shop.sell refuses as 'emty', which its 'refusals' doesn't name; did you mean 'empty'?"))
    let maker = """
      local function no(code, message) return nil, { code = code, message = message } end
      if input.x == "" then return no("nothing", "say something") end return {}
      """
    #expect(
      Self.problem(input: "x = \"string\"", more: "refusals = { \"empty\" },", body: maker).hasSuffix(
        "shop.sell refuses as 'nothing', which its 'refusals' doesn't name; add \"nothing\" there"))
    #expect(Self.problem(input: "x = \"string\"", more: "refusals = { \"nothing\" },", body: maker) == "")
    #expect(Self.problem(input: "", more: "refusals = { \"Too Bad\" },").contains("'Too Bad' is no code of a refusal"))
    let named = try Self.rulebook(input: "", more: "refusals = { empty = \"nothing was said\" },")
    #expect(named.decisions[0].refusals == [DeclaredRefusal(code: "empty", summary: "nothing was said")])
  }

  @Test func `a spec fails on a refusal that isn't declared, and prints what the rule notes`() throws {
    let plugin = """
      return { name = "shop", version = "1.0.0", decisions = { ["shop.sell"] = {
        input = { code = "string" }, output = {}, refusals = { "empty" },
        decide = function(input)
          note("the code", input.code)
          note("twice that", amount("1.00 DUC/2") * 2)
          return nil, { code = input.code, message = "no" }
        end,
      } } }
      """
    let spec = """
      it("is declared", function() assert.refused("empty", function() decide("shop.sell", { code = "empty" }) end) end)
      it("is not", function() assert.refused("full", function() decide("shop.sell", { code = "full" }) end) end)
      """
    let rulebook = try RulebookLoader.load(
      RulebookSnapshot(files: [
        "plugins/shop/plugin.lua": Array(plugin.utf8), "plugins/shop/spec/shop_spec.lua": Array(spec.utf8),
      ]), runSpecs: false)
    let run = SpecRunner(rulebook: rulebook).run()
    #expect(run.results.map(\.status) == [.passed, .failed])
    #expect(run.results[1].message?.contains("shop.sell refuses as 'full', which its 'refusals' doesn't name") == true)
    #expect(
      run.results[0].notes == [
        "plugins/shop/plugin.lua:4: the code: \"empty\"", "plugins/shop/plugin.lua:5: twice that: 2.00 DUC/2",
      ])
    let printed = SpecReport.pretty(run, colour: false, verbose: true)
    #expect(printed.contains("\n  note plugins/shop/plugin.lua:4: the code: \"empty\"\n"))
  }

  @Test(arguments: [
    ("A/99", "1", "0.\(String(repeating: "0", count: 98))1 A/99"), ("USD/2", "-7", "-0.07 USD/2"),
    ("B/0", "math.mininteger", "-9223372036854775808 B/0"), ("C/18", "math.maxinteger", "9.223372036854775807 C/18"),
  ])
  func `an amount is noted whole, however many decimals its asset has`(asset: String, minor: String, text: String)
    throws
  {
    let plugin = """
      return { name = "shop", version = "1.0.0", decisions = { ["shop.note"] = {
        input = {}, output = {}, decide = function() note("it", amount("\(asset)", \(minor))) return {} end,
      } } }
      """
    let spec = "it(\"is noted\", function() decide(\"shop.note\", {}) assert.is_true(true) end)"
    let rulebook = try RulebookLoader.load(
      RulebookSnapshot(files: [
        "plugins/shop/plugin.lua": Array(plugin.utf8), "plugins/shop/spec/shop_spec.lua": Array(spec.utf8),
      ]), runSpecs: false)
    let result = try #require(SpecRunner(rulebook: rulebook).run().results.first)
    #expect(result.notes == ["plugins/shop/plugin.lua:2: it: \(text)"], "\(result)")
  }
}
