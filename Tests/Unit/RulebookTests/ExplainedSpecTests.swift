import Core
import Testing

@testable import Rulebook

/// Specs ask a plugin to say a decision in words, and are told where a rule asked for what was refused.
@Suite struct ExplainedSpecTests {
  private static let shop = """
    return { name = "shop", version = "1.0.0", decisions = {
      ["shop.buy"] = {
        input = { price = "amount", to = { type = "string", default = "shop" } }, output = { paid = "amount" },
        uses = { "ledger.post", "limit.take" }, debits = { "citizen:*" },
        explain = function(input, result, why)
          if result == nil then
            return "You did not buy: " .. why.answer.error.reason
          end
          for _, policy in ipairs(why.policies) do
            return "You paid by " .. policy.name
          end
          return "You paid " .. tostring(result.paid)
        end,
        decide = function(input, host)
          if input.to == "" then
            return nil, { code = "nobody", message = "nobody sells" }
          end
          host.limit.take { name = "buying", most = 1, per = "day" }
          host.ledger.post {
            from = "citizen:anna", to = input.to, amount = input.price,
          }
          return { paid = input.price }
        end,
      },
      ["shop.look"] = { input = {}, output = {}, decide = function() return {} end },
    } }
    """
  private static let rule = "plugins/shop/plugin.lua"
  private static let rich = """
    local rich = { ledger = { balances = { ["citizen:anna"] = "9.00 USD/2" } } }

    """

  private func run(_ spec: String, countsLines: Bool = false) throws -> SpecRun {
    let files: [String: String?] = [Self.rule: Self.shop, "plugins/shop/spec/shop_spec.lua": Self.rich + spec]
    let rulebook = try RulebookLoader.load(RulebookSamples.snapshot(files), runSpecs: false)
    return SpecRunner(rulebook: rulebook, countsLines: countsLines).run()
  }

  private func failure(_ spec: String) throws -> String {
    let results = try run("it(\"s\", function() assert(true) \(spec) end)").results
    #expect(results.map(\.status) == [.failed])
    return results.first?.message ?? ""
  }

  private static let words = """
    it("is said", function()
      assert.equal("You paid 1.50 USD/2", explain("shop.buy", { price = "1.50 USD/2" }, rich))
      assert.equal("You did not buy: nobody", explain("shop.buy", { price = "1.50 USD/2", to = "" }))
      assert.equal("You did not buy: exceeds_credits", explain("shop.buy", { price = "1.50 USD/2" }))
      local why = { policies = { { name = "fees.share" } } }
      assert.equal("You paid by fees.share", explain("shop.buy", { price = "1.50 USD/2" }, rich, why))
    end)
    """

  @Test func `a spec asserts what a plugin says of a result and of a refusal`() throws {
    let results = try run(Self.words).results
    #expect(results.map(\.status) == [.passed], "\(results.first?.message ?? "")")
  }

  @Test func `the lines of an explanation count as run when a spec asks for it`() throws {
    func missed(_ spec: String) throws -> [Int] {
      let lines = try #require(try run(spec, countsLines: true).coverage?.files[ExactText(Self.rule)])
      return lines.filter { $0.value == 0 }.keys.sorted()
    }
    #expect(try missed(Self.words).isEmpty)
    let silent = try missed(
      "it(\"s\", function() assert.refused(\"nobody\", function() "
        + "decide(\"shop.buy\", { price = \"1.50 USD/2\", to = \"\" }) end) end)")
    #expect(silent.contains(7) && silent.contains(12))
  }

  @Test(arguments: [
    ("explain(\"shop.look\")", "shop.look has no 'explain'; write explain = function(input, result, why)"),
    ("explain(\"shop.sell\")", "unknown decision 'shop.sell'"),
    ("explain(\"shop.buy\", {})", "field 'price' is missing"),
    ("explain(\"shop.buy\", { price = \"1.00 USD/2\" }, rich, { policies = 5 })", "plugins/shop/plugin.lua:9: "),
    ("explain(\"shop.buy\", {}, { leger = {} })", "explain: unknown member 'leger'"),
  ])
  func `what can't be explained is told`(spec: String, text: String) throws {
    let told = try failure(spec)
    #expect(told.contains(text), "\(told)")
  }

  @Test(arguments: [
    ("decide(\"shop.buy\", { price = \"9.01 USD/2\" }, rich)", "exceeds_credits", 19),
    ("decide(\"shop.buy\", { price = \"1.00 EUR/2\" }, rich)", "from_account_has_different_asset", 19),
    ("decide(\"shop.buy\", { price = \"1.00 USD/2\", to = \"the shop\" }, rich)", "illegal_account", 19),
    ("decide(\"shop.buy\", { price = \"1.00 USD/2\" }, { limits = { buying = 1 } })", "limit_exceeded", 18),
  ])
  func `a refusal of the host or the ledger names the spec's line and the rule's`(
    spec: String, reason: String, line: Int
  ) throws {
    let told = try failure(spec)
    #expect(told.hasPrefix("plugins/shop/spec/shop_spec.lua:2: "), "\(told)")
    #expect(told.contains(reason) && told.contains(", asked for in \(Self.rule):\(line)"), "\(told)")
  }

  @Test func `a rule's own refusal is told without a place, and what serves has none at all`() throws {
    let told = try failure("decide(\"shop.buy\", { price = \"1.00 USD/2\", to = \"\" })")
    #expect(!told.contains("asked for in"), "\(told)")
    let files: [String: String?] = [Self.rule: Self.shop]
    let rulebook = try RulebookLoader.load(RulebookSamples.snapshot(files), runSpecs: false)
    for (keepsNotes, line) in [(false, Int?.none), (true, 19)] {
      let runner = DecisionRunner(rulebook: rulebook, keepsNotes: keepsNotes)
      for to in ["the shop", "shop"] {
        let input: JSON = ["price": "9.01 USD/2", "to": .string(to)]
        guard case .failure(let failure) = runner.decide("shop.buy", input: input.bytes).result else {
          Issue.record("it was not refused")
          continue
        }
        #expect(failure.code == .refused && failure.line == line, "\(failure)")
        #expect(!failure.message.contains("plugin.lua"))
      }
    }
  }
}
