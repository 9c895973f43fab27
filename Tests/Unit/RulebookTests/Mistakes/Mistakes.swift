/// The usual mistakes, by where they are made.
enum Mistakes {
  static let all = form + names + money + schemas + hosts + results + specs

  /// What Lua can't read.
  static let form = [
    Mistake("no end", "        end\n        local has", "        local has"),
    Mistake("no comma", "buyer = \"account\",", "buyer = \"account\""),
    Mistake("!=", "input.count > fees.most", "input.count != fees.most"),
    Mistake("&&", "input.count > fees.most", "input.count > 1 && true"),
    Mistake("||", "input.count > fees.most", "input.count > 1 || true"),
    Mistake("!", "if input.count > fees.most", "if !input.count"),
    Mistake("+=", "local fee = fee_of(input.price)", "local fee = input.price; fee += fee"),
    Mistake("++", "local fee = fee_of(input.price)", "local fee = 1; fee++"),
    Mistake("= in a condition", "input.count > fees.most", "input.count = fees.most"),
    Mistake("?:", "fee_of(input.price)\n", "input.count > 1 ? 2 : 3\n"),
    Mistake("else if", "        end\n        local has", "        else if true then\n        end\n        local has"),
    Mistake("elif", "        end\n        local has", "        elif true then\n        end\n        local has"),
    Mistake("a brace for a block", "fees.most then", "fees.most {"),
    Mistake("//", "local fee = fee_of", "// the fee\n        local fee = fee_of"),
    Mistake("const", "local fee = fee_of", "const fee = fee_of"),
    Mistake("continue", "local fee = fee_of", "continue\n        local fee = fee_of"),
    Mistake("try", "local fee = fee_of", "try { local fee = fee_of"),
    Mistake("=>", "decide = function(input, host)", "decide = (input, host) =>"),
    Mistake("a field with a colon", "buyer = \"account\"", "\"buyer\": \"account\""),
    Mistake(
      "a string that doesn't end", "message = \"that is too much at once\"", "message = \"that is too much at once"),
    Mistake("printed quotes", "\"too_many\"", "\u{201C}too_many\u{201D}"),
    Mistake("a byte order mark", "local fees", "\u{FEFF}local fees"),
    Mistake("an end too many", "    },\n  },\n}\n", "    },\n  },\n}\nend\n"),
  ]

  /// Names that nothing has.
  static let names = [
    Mistake("print", "local fee = fee_of", "print(\"here\")\n        local fee = fee_of"),
    Mistake("os.time", "local fee = fee_of", "local now = os.time()\n        local fee = fee_of"),
    Mistake("math.random", "local fee = fee_of", "local dice = math.random()\n        local fee = fee_of"),
    Mistake("string.dump", "local fee = fee_of", "local code = string.dump(fee_of)\n        local fee = fee_of"),
    Mistake("null", "return nil, {", "return null, {"),
    Mistake("a misspelled function", "fee_of(input.price)\n", "fee_off(input.price)\n"),
    Mistake("a global", "local fee = fee_of", "fee = fee_of"),
    Mistake("a misspelled field of the input", "input.count >", "input.cuont >"),
    Mistake("a misspelled name of a policy", "fees.most then", "fees.mots then"),
    Mistake("an unknown policy", "policies.fees", "policies.fee"),
    Mistake(
      "a module of another plugin", "local function fee_of",
      "local other = require \"plugins.other.plugin\"\n\nlocal function fee_of"),
    Mistake("a module of the system", "local function fee_of", "local os = require \"os\"\n\nlocal function fee_of"),
    Mistake(
      "files that require each other", in: Mistake.policy, "-- Who", "local words = require \"library.words\" -- Who"),
    Mistake("nothing returned", "return {\n  name", "local plugin = {\n  name"),
    Mistake("a policy that returns nothing", in: Mistake.policy, "return {", "local x = {"),
    Mistake("a function in a policy", in: Mistake.policy, "most = 9", "most = function() return 9 end"),
    Mistake("a key given twice", in: Mistake.policy, "most = 9", "most = 9, most = 8"),
  ]

  /// Amounts.
  static let money = [
    Mistake("an amount times a fraction", "fee_of(input.price)\n", "input.price * 1.5\n"),
    Mistake("an amount and a number", "fee_of(input.price)\n", "input.price + 1\n"),
    Mistake("an amount compared with a number", "input.count > fees.most", "input.price > 100"),
    Mistake("amounts of two assets", "fee_of(input.price)\n", "input.price + amount(\"1.00 USD/2\")\n"),
    Mistake("an amount without an asset", "fee_of(input.price)\n", "amount(10)\n"),
    Mistake("an amount that can't be read", "fee_of(input.price)\n", "amount(\"ten ducats\")\n"),
    Mistake("too many decimals", "fee_of(input.price)\n", "amount(\"1.005 DUC/2\")\n"),
    Mistake("an unknown rounding", "\"ceil\"", "\"up\""),
    Mistake("a fraction as a number", "{ fees.share }", "{ 0.1 }"),
    Mistake("no rounding", "{}, \"ceil\"", "{}"),
    Mistake("a misspelled member of an amount", "price.asset", "price.aset"),
    Mistake("an amount in a text", "local fee = fee_of", "local s = \"x\" .. input.price\n        local fee = fee_of"),
    Mistake("an amount compared with a text", "input.count > fees.most", "input.price == \"1.00 DUC/2\""),
    Mistake("an amount by an amount", "fee_of(input.price)\n", "input.price * input.price\n"),
    Mistake("an amount divided", "fee_of(input.price)\n", "input.price / 2\n"),
    Mistake("shares of fractions", "fee_of(input.price)\n", "input.price:shares({ 0.5, 0.5 })[1]\n"),
  ]

  /// The plugin's table.
  static let schemas = [
    Mistake("another name than the folder's", "name = \"shop\"", "name = \"shops\""),
    Mistake("no version", ", version = \"1.0.0\"", ""),
    Mistake("no input", "input = {", "inputs = {"),
    Mistake("a misspelled key", "debits = {", "debit = {"),
    Mistake("an unknown type", "\"account\"", "\"acount\""),
    Mistake("a decision's name", "shop.sell", "sell"),
    Mistake(
      "two plugins with one decision", in: "plugins/stall/plugin.lua", "",
      """
      return {
        name = "stall", version = "1.0.0",
        decisions = {
          ["shop.sell"] = { input = {}, output = {}, decide = function() return {} end },
        },
      }
      """),
    Mistake("a summary that is a number", "name = \"shop\", version", "name = \"shop\", summary = 5, version"),
    Mistake("no function", "decide = function", "decides = function"),
    Mistake("bounds the wrong way round", "min = 1,", "min = 1, max = 0,"),
    Mistake("a default of another type", "default = 1", "default = \"1\""),
    Mistake("an unknown host call", "\"ledger.post\"", "\"ledger.pots\""),
    Mistake("a pattern of accounts", "\"citizen:*\"", "\"citizen*\""),
    Mistake("a field that is a number", "buyer = \"account\"", "buyer = 5"),
    Mistake("a pattern with a capture", "\"account\"", "{ type = \"string\", pattern = \"(%a+)\" }"),
    Mistake("a bound of another type", "\"account\"", "{ type = \"string\", min_items = 1 }"),
    Mistake("a minimum that is a number", "\"amount\"", "{ type = \"amount\", min = 1 }"),
    Mistake("world among the debits", "\"citizen:*\"", "\"world\""),
    Mistake("a refusal that isn't declared", "debits = {", "refusals = { \"too_few\" }, debits = {"),
    Mistake("a credit that isn't declared", "debits = {", "credits = { \"bank\" }, debits = {"),
    Mistake("a bound of a text", "buyer = \"account\"", "buyer = { type = \"string\", min = 1 }"),
    Mistake(
      "an enum that is no list", "enum = { \"gift\", \"plain\" } },\n        count", "enum = \"gift\" },\n        count"
    ),
  ]

  /// Host calls.
  static let hosts = [
    Mistake("a colon", "host.ledger.post {", "host.ledger:post {"),
    Mistake("a misspelled call", "host.ledger.post {", "host.ledger.pots {"),
    Mistake("a misspelled part of the host", "host.ledger.post {", "host.leger.post {"),
    Mistake("a call that isn't declared", ", \"ledger.post\" }", " }"),
    Mistake("a debit that isn't declared", "from = input.buyer", "from = \"bank\""),
    Mistake("a misspelled field of a call", "to = \"shop\"", "too = \"shop\""),
    Mistake("an amount as a text", "amount = input.price + fee }", "amount = \"1.00 DUC/2\" }"),
    Mistake("an account that is none", "to = \"shop\"", "to = \"the shop\""),
    Mistake("a number among the metadata", "to = \"shop\",", "to = \"shop\", metadata = { count = 1 },"),
    Mistake("a timeout of a transfer", "to = \"shop\",", "to = \"shop\", timeout_seconds = 5,"),
    Mistake("a list as a call", "price = \"amount\"", "price = list \"amount\""),
    Mistake(
      "an account of another kind", "from = input.buyer, to", "from = account(\"client\", input.buyer), to"),
    Mistake("the clock called", "local fee = fee_of", "local now = host.now()\n        local fee = fee_of"),
    Mistake("the host at the top", "local function fee_of", "local now = host.now\n\nlocal function fee_of"),
    Mistake("a declaration of nothing", "\"ledger.balance\", ", "\"ledger.balance\", \"ledger.hold\", "),
  ]

  /// What a decision gives, and how it ends.
  static let results = [
    Mistake("an unknown field of the result", "{ paid = input", "{ payed = input"),
    Mistake("a field of another type", "fee = fee, kind", "fee = 5, kind"),
    Mistake("an option that is none", "or \"plain\" }", "and \"plian\" }"),
    Mistake("nothing returned by a decision", "return { paid", "local result = { paid"),
    Mistake(
      "a refusal that is a text",
      "> fees.most then\n          return nil, { code = \"too_many\", message = \"that is too much at once\" }",
      "> 0 then\n          return nil, \"too many\""),
    Mistake(
      "a refusal without a code", "if input.count > fees.most then\n          return nil, { code = \"too_many\",",
      "if input.count > 0 then\n          return nil, {"),
    Mistake("a text and a number added", "local fee = fee_of", "local x = \"a\" + 1\n        local fee = fee_of"),
    Mistake("nothing indexed", "local fee = fee_of", "local t = {}; local x = t.a.b\n        local fee = fee_of"),
    Mistake("nothing called", "local fee = fee_of", "local t = {}; t.a()\n        local fee = fee_of"),
    Mistake(
      "nothing in a text", "local fee = fee_of", "local t = {}; local s = \"x\" .. t.a\n        local fee = fee_of"),
    Mistake(
      "a text compared with a number", "local fee = fee_of", "local b = input.buyer < 5\n        local fee = fee_of"),
    Mistake("a loop without an end", "local fee = fee_of", "while true do end\n        local fee = fee_of"),
    Mistake(
      "a function that calls itself for ever", "  return price:convert",
      "  return 1 + fee_of(price)\n    or price:convert"),
    Mistake(
      "memory without an end", "local fee = fee_of",
      "local s = \"x\"; while true do s = s .. s end\n        local fee = fee_of"),
    Mistake("a module changed", "local fee = fee_of", "fees.most = 5\n        local fee = fee_of"),
  ]

  /// Specs.
  static let specs = [
    Mistake("assert.equals", in: Mistake.spec, "assert.equal(1", "assert.equals(1"),
    Mistake("assert.are.same", in: Mistake.spec, "assert.equal(1", "assert.are.same(1"),
    Mistake("tables held equal", in: Mistake.spec, "assert.equal(1, #effects)", "assert.equal({}, effects)"),
    Mistake("a misspelled decision", in: Mistake.spec, "decide(\"shop.sell\"", "decide(\"shop.sel\""),
    Mistake("a misspelled field of an input", in: Mistake.spec, "buyer =", "byer ="),
    Mistake("no input", in: Mistake.spec, "price = \"1.00 DUC/2\", ", ""),
    Mistake("unknown fakes", in: Mistake.spec, "{ ledger = { balances", "{ leger = { balances"),
    Mistake("a spec without a name", in: Mistake.spec, "it(\"takes the price and the fee\", ", "it("),
    Mistake(
      "a spec that asserts nothing", in: Mistake.spec,
      "assert.equal(amount(\"1.10 DUC/2\"), result.paid)\n    assert.equal(1, #effects)", ""),
    Mistake("a value that isn't the one", in: Mistake.spec, "1.10 DUC/2", "1.20 DUC/2"),
    Mistake(
      "an error expected of no function", in: Mistake.spec, "assert.equal(1, #effects)",
      "assert.has_error(decide(\"shop.sell\", {}))"),
    Mistake("too little money among the fakes", in: Mistake.spec, "5.00 DUC/2", "0.50 DUC/2"),
  ]
}
