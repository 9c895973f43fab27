import Core
import Testing
import TestSupport

@testable import Rulebook

@Suite struct SourceReviewTests {
  private static let policy = """
    return { morning = "Buongiorno", noon = 12, accounts = { chest = "treasury" }, steps = { { above = 1 }, { other = 2 } } }

    """

  /// A plugin whose decision runs `body`, with the declarations of `uses`.
  private static func plugin(_ body: String, helpers: String = "", declares: String = "") -> String {
    """
    local words = require "policies.words"
    \(helpers)
    return { name = "shop", version = "1.0.0", decisions = { ["shop.sell"] = {
      input = {
        buyer = { record = { name = "string", class = { enum = { "noble", "common" } } } },
        price = "amount", count = "integer", gift = "boolean", free = "any",
        items = { list = { record = { label = "string", weight = "number" } } },
      },
      output = { ok = { type = "any", optional = true } }, \(declares)
      decide = function(input, host)
        \(body)
      end,
    } } }

    """
  }

  private func review(_ plugin: String, _ more: [String: String?] = [:]) throws -> (faults: [String], doubts: [String])
  {
    let files = more.merging(["policies/words.lua": Self.policy, "plugins/shop/plugin.lua": plugin]) { $1 }
    do throws(RulebookRejected) {
      let rulebook = try RulebookLoader.load(RulebookSamples.snapshot(files), runSpecs: false, review: .doubts)
      return ([], rulebook.doubts.map(\.message))
    } catch {
      return (error.errors.map(\.message), [])
    }
  }

  @Test func `the shipped rulebook has neither faults nor doubts`() throws {
    #expect(try RulebookLoader.load(directory: Checkout.directory, runSpecs: false).doubts == [])
  }

  @Test(arguments: [
    ("return { ok = input.prize }", "the input of shop.sell has no 'prize', so it reads as nil; did you mean 'price'?"),
    ("return { ok = input.buyer.nmae }", "'buyer' of the input of shop.sell has no 'nmae'"),
    ("return { ok = input['prize'] }", "did you mean 'price'?"),
    (
      "local buyer = input.buyer; return { ok = buyer.surname }",
      "has no 'surname', so it reads as nil; it has class, name"
    ),
    ("for _, item in ipairs(input.items) do if item.lable then return {} end end", "did you mean 'label'?"),
    ("return { ok = input.items[1].wieght }", "did you mean 'weight'?"),
    ("return { ok = input.price.cents }", "'price' of the input of shop.sell has no 'cents'"),
    ("return { ok = words.mornig }", "policies/words.lua has no 'mornig', so it reads as nil; did you mean 'morning'?"),
    ("local a = words.accounts; return { ok = a.chets }", "'accounts' of policies/words.lua has no 'chets'"),
    ("for _, s in ipairs(words.steps) do if s.abve then return {} end end", "did you mean 'above'?"),
    ("return { ok = (require 'policies.words').mornig }", "did you mean 'morning'?"),
    ("return { ok = function() return input.prize end }", "did you mean 'price'?"),
    ("return { ok = (input.buyer or {}).nmae }", "'buyer' of the input of shop.sell has no 'nmae'"),
    ("return { ok = (words.accounts or nil).chets }", "'accounts' of policies/words.lua has no 'chets'"),
    ("return { ok = input.gift and input.buyer.nmae }", "'buyer' of the input of shop.sell has no 'nmae'"),
    ("local b = input.gift and input.buyer or {}; return { ok = b.nmae }", "did you mean 'name'?"),
  ])
  func `a written-out name that nothing declares keeps a rulebook from being taken`(body: String, said: String) throws {
    let (faults, _) = try review(Self.plugin(body))
    #expect(faults.count == 1, "\(faults)")
    #expect(faults.first?.hasPrefix("plugins/shop/plugin.lua:11: ") == true, "\(faults)")
    #expect(faults.first?.contains(said) == true, "\(faults)")
  }

  @Test(arguments: [
    "local k = 'x'; return { ok = input[k] }", "return { ok = words['a' .. 'b'] }",
    "return { ok = input.free.anything }",
    "input = { prize = 1 }; return { ok = input.prize }", "local input = { prize = 1 }; return { ok = input.prize }",
    "local words = { mornig = 1 }; return { ok = words.mornig }", "return { ok = input.price.minor }",
    "local t = {}; t.anything = 1; return { ok = t.anything }",
    "for _, s in ipairs(words.steps) do if s.other then end end",
    "return { ok = (input.free or {}).anything }", "return { ok = (input.buyer or { nmae = 1 }).nmae }",
    "return { ok = (input.buyer or input.free).nmae }", "return { ok = (input.gift or input.price).minor }",
    "return { ok = input.buyer.name:len() }", "local function f(input) return input.prize end; return { ok = f({}) }",
  ])
  func `a look-up by variable, and any table of the rule's own, stays free`(body: String) throws {
    let (faults, doubts) = try review(Self.plugin(body))
    #expect(faults == [] && doubts == [])
  }

  @Test func `a field is followed into a function whose calls are all in sight, also of another file`() throws {
    let helpers = "local more = require \"more\"\nlocal function own(input) return input.prize end"
    let module = "local M = {}\nfunction M.sum(order)\n  return order.count + order.cuont\nend\nreturn M\n"
    let body = "return { ok = own(input) + more.sum(input) }"
    let (faults, _) = try review(Self.plugin(body, helpers: helpers), ["plugins/shop/more.lua": module])
    #expect(faults.count == 2, "\(faults)")
    #expect(faults.first?.hasPrefix("plugins/shop/more.lua:3: ") == true, "\(faults)")
    #expect(faults.last?.hasPrefix("plugins/shop/plugin.lua:3: ") == true, "\(faults)")
  }

  @Test(arguments: [
    "local function own(x) return x.prize end\nlocal f = { own }", "local function own(x) return x.prize end\nown({})",
    "local own\nown = function(x) return x.prize end",
  ])
  func `a function that may get something else is not judged`(helpers: String) throws {
    #expect(try review(Self.plugin("return { ok = own(input) }", helpers: helpers)).faults == [])
  }

  @Test func `a function that no module has is named`() throws {
    let module = "local M = {}\nfunction M.sum(x) return x end\nreturn M\n"
    let plugin = Self.plugin("return { ok = more.smu(1) }", helpers: "local more = require \"more\"")
    let (faults, _) = try review(plugin, ["plugins/shop/more.lua": module])
    #expect(
      faults == [
        "plugins/shop/plugin.lua:11: plugins/shop/more.lua has no 'smu', so it reads as nil; did you mean 'sum'?"
      ])
  }

  @Test func `where a metatable may answer, nobody says that a name is missing`() throws {
    let module = "return setmetatable({}, { __index = function() return 1 end })\n"
    let plugin = Self.plugin("return { ok = more.anything }", helpers: "local more = require \"more\"")
    #expect(try review(plugin, ["plugins/shop/more.lua": module]).faults == [])
  }

  @Test func `a metatable in one file hides no mistake in those that have nothing of it`() throws {
    let module = "return setmetatable({}, { __index = function() return 1 end })\n"
    let plugin = Self.plugin("return { ok = input.prize }")
    let (faults, _) = try review(plugin, ["plugins/tiers/more.lua": module])
    #expect(faults.count == 1 && faults[0].contains("did you mean 'price'?"), "\(faults)")
  }

  @Test func `what a library gives a metatable is free wherever it arrives`() throws {
    let library = "return { open = function(t) return setmetatable(t, { __index = pairs }) end }\n"
    let policy = "return require(\"library.open\").open { a = 1 }\n"
    let plugin = Self.plugin("return { ok = more.anything }", helpers: "local more = require \"policies.more\"")
    let files = ["plugins/library/open.lua": library, "policies/more.lua": policy]
    #expect(try review(plugin, files).faults.filter { $0.contains("reads as nil") } == [])
  }

  @Test func `a metatable in a policy is doubted, as it answers what nobody reads there`() throws {
    let policy = "return setmetatable({ a = 1 },\n  { __index = { b = 2 } })\n"
    let (faults, doubts) = try review(Self.plugin("return {}"), ["policies/more.lua": policy])
    #expect(faults == [] && doubts.count == 1, "\(faults) \(doubts)")
    #expect(doubts.first?.hasPrefix("policies/more.lua:1: a policy is data, and a metatable answers") == true)
  }

  @Test(arguments: [
    ("input.price == 0", "is an amount and no number, so this is never true; compare its 'minor', or with amount("),
    ("0 < input.price", "is an amount and no number, so this fails"),
    ("input.price ~= \"1.00 USD/2\"", "so this is always true; compare with amount(\"1.00 USD/2\")"),
    (
      "input.buyer.class == \"nobel\"", "is one of noble, common and never 'nobel', so this is never true; did you mean"
    ),
    ("input.count == \"8\"", "is a number, so this is never true; write the literal without quotes"),
    ("input.buyer.name == -5", "is a string, so this is never true; write the literal in quotes"),
    ("input.gift == \"true\"", "is a boolean, so this is never true; test it without a comparison"),
    ("input.items == 3", "is a list"), ("input.buyer == \"me\"", "is a table"),
  ])
  func `a field compared with what it can't be is doubted`(condition: String, said: String) throws {
    let (faults, doubts) = try review(Self.plugin("return { ok = \(condition) }"))
    #expect(faults == [])
    #expect(doubts.count == 1 && doubts[0].hasPrefix("plugins/shop/plugin.lua:11: "), "\(doubts)")
    #expect(doubts.first?.contains(said) == true, "\(doubts)")
  }

  @Test(arguments: [
    "input.count == 8", "input.buyer.class == \"noble\"", "input.price == nil", "input.free == 5", "input.gift == true",
    "input.price.minor == 0", "input.buyer.name ~= \"\"", "#input.items == 0",
  ])
  func `a comparison that may hold is not`(condition: String) throws {
    #expect(try review(Self.plugin("return { ok = \(condition) }")).doubts == [])
  }

  @Test func `a key given twice is doubted, with the line of the first`() throws {
    let (_, doubts) = try review(Self.plugin("return {\n ok = 1,\n [\"ok\"] = 2, [1] = 1, [2] = 2 }"))
    #expect(
      doubts == [
        "plugins/shop/plugin.lua:13: the key 'ok' was set already in line 12, and that value is lost; "
          + "take one of them out"
      ])
  }

  @Test func `host calls and debits that aren't declared are found wherever the host is handed to`() throws {
    let helpers = """
      local function pay(from, host) host.ledger.post { from = "vault", to = from, amount = amount("1.00 USD/2") } end
      local function read(host) local ledger = host.ledger; return ledger.balance(words.accounts.chest) end
      """
    let plugin = Self.plugin(
      "pay('x', host); return { ok = read(host) }", helpers: helpers,
      declares: "uses = { \"ledger.post\", \"ledger.hold\" }, debits = { \"treasury\" },")
    let (_, doubts) = try review(plugin)
    let file = "plugins/shop/plugin.lua"
    #expect(
      doubts == [
        "\(file):2: shop.sell debits 'vault', which its 'debits' doesn't name; add \"vault\" there",
        "\(file):3: shop.sell calls host.ledger.balance, which it doesn't declare; "
          + "add \"ledger.balance\" to its 'uses'",
        "\(file):10: shop.sell: 'uses' declares \"ledger.hold\", and the decision never calls it; take it out",
        "\(file):10: shop.sell: 'debits' names \"treasury\", which the decision never debits; take it out",
      ])
  }

  @Test func `an account is followed through the locals that keep it`() throws {
    let body = """
      local buyer = "citizen:" .. input.buyer.name
      local from = buyer
      host.ledger.post { from = from, to = "till", amount = input.price }
      return {}
      """
    func doubts(_ debits: String) throws -> [String] {
      let declares = "uses = { \"ledger.post\" }, debits = { \(debits) },"
      return try review(Self.plugin(body, declares: declares)).doubts
    }
    #expect(try doubts("\"citizen:*\"") == [])
    let unused = "shop.sell: 'debits' names \"bank\", which the decision never debits; take it out"
    #expect(try doubts("\"citizen:*\", \"bank\"").map { $0.hasSuffix(unused) } == [true])
    #expect(try doubts("\"bank\"").first?.contains("shop.sell debits accounts that begin with 'citizen:'") == true)
  }

  @Test func `an account whose beginning alone is written out is held to the declarations, too`() throws {
    let body = """
      host.ledger.post {
        from = account("points", input.buyer.name), to = "till:" .. input.buyer.name, amount = input.price,
      }
      return {}
      """
    func doubts(_ debits: String, _ credits: String) throws -> [String] {
      let declares = "uses = { \"ledger.post\" }, debits = { \"\(debits)\" }, credits = { \"\(credits)\" },"
      return try review(Self.plugin(body, declares: declares)).doubts.map {
        String($0.split(separator: ": ", maxSplits: 1)[1])
      }
    }
    let says = "shop.sell %, which its '"
    let debit = says.replacing("%", with: "debits accounts that begin with 'points:'") + "debits' doesn't name"
    let credit = says.replacing("%", with: "credits accounts that begin with 'till:'") + "credits' doesn't name"
    func unused(_ key: String, _ pattern: String, _ verb: String) -> String {
      "shop.sell: '\(key)' names \"\(pattern)\", which the decision never \(verb); take it out"
    }
    for debits in ["point:*", "points", "*"] {
      let expected = [debit + "; add \"points:*\" there", unused("debits", debits, "debits")]
      #expect(try doubts(debits, "till:*") == expected)
    }
    let expected = [credit + "; add \"till:*\" there", unused("credits", "tills:*", "credits")]
    #expect(try doubts("points:*", "tills:*") == expected)
    for (debits, credits) in [("points:*", "till:*"), ("*:*", "till:*:open"), ("points:ada", "*:ada")] {
      #expect(try doubts(debits, credits) == [])
    }
  }

  @Test func `debits without a transfer and transfers without debits are doubted`() throws {
    let (_, idle) = try review(Self.plugin("return {}", declares: "debits = { \"treasury\" },"))
    #expect(idle.count == 1 && idle[0].contains("the decision moves no money"), "\(idle)")
    let body = "host.ledger.post { from = words.accounts.chest }; return {}"
    let (_, bare) = try review(Self.plugin(body, declares: "uses = { \"ledger.post\" },"))
    #expect(bare.count == 1 && bare[0].contains("declares none"), "\(bare)")
  }

  @Test(arguments: [
    "local t = { host }; return {}", "return { ok = pcall(error, host) }", "local k = 'x'; return { ok = host[k] }",
  ])
  func `where the host goes out of sight, nothing declared is called unused`(body: String) throws {
    #expect(try review(Self.plugin(body, declares: "uses = { \"ledger.balance\" },")).doubts == [])
  }

  @Test func `specs in a file of the wrong name are named`() throws {
    let (_, doubts) = try review(
      Self.plugin("return {}"),
      ["plugins/shop/spec/shop.lua": "return function()\n  it('sells', function() end)\nend\n"])
    #expect(doubts.count == 1)
    #expect(doubts.first?.hasPrefix("plugins/shop/spec/shop.lua:2: these specs never run") == true, "\(doubts)")
    #expect(doubts.first?.hasSuffix("rename it to plugins/shop/spec/shop_spec.lua") == true, "\(doubts)")
  }

  @Test func `a policy with a function is refused at the function's line`() throws {
    let policy = Self.policy.replacing("noon = 12", with: "\nnoon = function() end")
    let (faults, _) = try review(Self.plugin("return {}"), ["policies/more.lua": policy])
    #expect(faults.count == 1)
    #expect(
      faults.first?.hasPrefix("policies/more.lua:2: a policy is data, and this is a function") == true, "\(faults)")
  }

  @Test func `a rulebook out of the archive is taken as it once decided`() throws {
    let files = [
      "policies/words.lua": Self.policy, "plugins/shop/plugin.lua": Self.plugin("return { ok = input.prize }"),
    ]
    _ = try RulebookLoader.load(RulebookSamples.snapshot(files), runSpecs: false)
  }
}
