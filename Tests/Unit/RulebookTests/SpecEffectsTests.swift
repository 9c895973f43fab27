import Core
import Testing

@testable import Rulebook

/// Specs see what a decision intends, and the ledger they run on is the real one.
@Suite struct SpecEffectsTests {
  private static let shop = """
    return { name = "shop", version = "1.0.0", decisions = { ["shop.buy"] = {
      input = { price = "amount", who = { type = "string", default = "anna" } },
      output = { held = "string", token = "string" },
      uses = { "ledger.post", "ledger.hold", "token.sign" }, debits = { "citizen:*" },
      decide = function(input, host)
        if input.who == "" then
          return nil, { code = "nobody", message = "nobody buys" }
        end
        local from = "citizen:" .. input.who
        host.ledger.post { from = from, to = "shop", amount = input.price, metadata = { why = "bread" } }
        local token = host.token.sign { purpose = "receipt", claims = { sub = input.who } }
        local held = host.ledger.hold { from = from, to = "shop", amount = input.price, timeout_seconds = 60 }
        return { held = held.id, token = token }
      end,
    } } }
    """

  private func results(_ spec: String) throws -> [SpecResult] {
    let files: [String: String?] = ["plugins/shop/plugin.lua": Self.shop, "plugins/shop/spec/shop_spec.lua": spec]
    return SpecRunner(rulebook: try RulebookLoader.load(RulebookSamples.snapshot(files), runSpecs: false)).run().results
  }

  private func passes(_ spec: String) throws {
    let results = try results(spec)
    #expect(!results.isEmpty)
    for result in results { #expect(result.status == .passed, "\(result.name): \(result.message ?? "")") }
  }

  @Test func `effects are told in order with everything they were given, and their ids`() throws {
    try passes(
      """
      it("buys", function()
        local result, effects, ids = decide("shop.buy", { price = "1.50 USD/2" }, {
          ledger = { balances = { ["citizen:anna"] = "3.00 USD/2" } },
        })
        local price = amount("1.50 USD/2")
        assert.same({
          { call = "ledger.post", from = "citizen:anna", to = "shop", amount = price, metadata = { why = "bread" } },
          { call = "token.sign", purpose = "receipt", claims = { sub = "anna" }, lifetime_seconds = 3600 },
          { call = "ledger.hold", from = "citizen:anna", to = "shop", amount = price, timeout_seconds = 60 },
        }, effects)
        assert.equal(price, effects[1].amount)
        assert.equal("token:" .. ids[2], result.token)
        assert.equal(ids[3], result.held)
      end)
      """)
  }

  @Test func `a refusal is asserted by its code: the rule's, the ledger's, or the kind of failure`() throws {
    try passes(
      """
      local function buy(input, balance)
        return function()
          decide("shop.buy", input, { ledger = { balances = { ["citizen:anna"] = balance } } })
        end
      end
      it("is refused", function()
        assert.refused("nobody", buy({ price = "1.00 USD/2", who = "" }))
        assert.refused("exceeds_credits", buy({ price = "1.50 USD/2" }, "2.99 USD/2"))
        assert.refused("from_account_has_different_asset", buy({ price = "1.50 USD/2" }, "9.00 EUR/2"))
        assert.refused("invalid_input", buy({}))
      end)
      """)
  }

  @Test func `an assertion of a refusal fails for another code, for none and for another error`() throws {
    let results = try results(
      """
      local function buy(who)
        return decide("shop.buy", { price = "0.00 USD/2", who = who })
      end
      it("has another code", function() assert.refused("somebody", function() buy("") end) end)
      it("is not refused", function() assert.refused("nobody", function() buy("anna") end) end)
      it("fails otherwise", function() assert.refused("nobody", function() error("not me") end) end)
      it("has an earlier refusal", function()
        pcall(buy, "")
        assert.refused("nobody", function() error("not me") end)
      end)
      """)
    let file = "plugins/shop/spec/shop_spec.lua"
    #expect(
      results.map(\.message)
        == [
          "\(file):4: expected to be refused as \"nobody\"",
          "\(file):5: expected to be refused as \"nobody\", was not", "\(file):6: not me", "\(file):9: not me",
        ].enumerated().map { place, text in
          place == 0 ? "\(file):4: expected to be refused as \"somebody\", got \"nobody\": \"nobody buys\"" : text
        })
  }

  @Test func `an account goes down to its floor, and no further`() throws {
    try passes(
      """
      local function buy(price, fakes)
        return function() decide("shop.buy", { price = price }, { ledger = fakes }) end
      end
      it("has a floor", function()
        local floors = { ["citizen:anna"] = "-3.00 USD/2" }
        assert.has_no_error(buy("1.50 USD/2", { floors = floors }))
        assert.refused("exceeds_credits", buy("1.51 USD/2", { floors = floors }))
        local balances = { ["citizen:anna"] = "-1.00 USD/2" }
        assert.has_no_error(buy("1.00 USD/2", { floors = floors, balances = balances }))
        assert.refused("exceeds_credits", buy("1.01 USD/2", { floors = floors, balances = balances }))
        assert.refused("exceeds_credits", buy("0.01 USD/2", { balances = balances }))
      end)
      """)
  }

  @Test(arguments: [
    (#"{"ledger":{"balances":{"a b":"1.00 USD/2"}}}"#, "'a b' is no account's name"),
    (#"{"ledger":{"balances":{"a":"1.5"}}}"#, "the balance of 'a' must be an amount"),
    (#"{"ledger":{"floors":{"a":5}}}"#, "the floor of 'a' must be an amount that isn't above zero"),
    (#"{"ledger":{"balance":{}}}"#, "'ledger' holds 'balances' and 'floors'"),
  ])
  func `fakes that can't be are told by name`(json: String, part: String) throws {
    let fakes = try JSON(parsing: Array(json.utf8))
    do throws(UsageError) {
      _ = try Fakes(json: fakes)
      Issue.record("was taken")
    } catch {
      #expect(error.message.contains(part), "\(error.message)")
    }
  }

  @Test func `a call with a colon is told to be one with a dot`() {
    let shop = Self.shop.replacing("host.ledger.post {", with: "host.ledger:post {")
    let spec = """
      it("buys", function() decide("shop.buy", { price = "0.00 USD/2" }) end)
      """
    let messages = RulebookSamples.messages(
      ["plugins/shop/plugin.lua": shop, "plugins/shop/spec/shop_spec.lua": spec], runSpecs: true)
    #expect(messages.count == 1)
    #expect(messages.first?.contains("plugins/shop/plugin.lua:10: ") == true, "\(messages)")
    #expect(messages.first?.hasSuffix("shop.buy: call it with a dot: host.ledger.post(…)") == true, "\(messages)")
  }

  @Test func `fakes that make no ledger are told when a decision commits to them`() throws {
    let results = try results(
      """
      local id = "018bcfe5-6800-7000-8000-00000000000a"
      it("has two assets", function()
        decide("shop.buy", { price = "1.00 USD/2" }, { ledger = {
          balances = { ["citizen:anna"] = "5.00 USD/2" },
          holds = { [id] = { from = "citizen:anna", to = "shop", amount = "1.00 EUR/2" } },
        } })
      end)
      """)
    #expect(
      results.first?.message?.contains(
        "the fakes make no ledger: the hold '018bcfe5-6800-7000-8000-00000000000a': from_account_has_different_asset")
        == true, "\(results)")
  }
}
