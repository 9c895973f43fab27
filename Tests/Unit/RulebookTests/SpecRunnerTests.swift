import Core
import Testing

@testable import Rulebook

@Suite struct SpecRunnerTests {
  private let samples = """
    describe("tier.assign", function()
      it("gives a nobleman the enterprise tier", function()
        local result = decide("tier.assign", { social_class = "Nobili" })
        assert.equal("enterprise", result.tier)
        assert.same({ tier = "enterprise", price = 100 }, result)
      end)
      it("names the unknown field", function()
        assert.has_error(function() decide("tier.assign", { class = "Nobili" }) end, "unknown field 'class'")
      end)
      it("fails", function()
        assert.equal(1, 2)
      end)
      pending("later", "when there is time")
      it("loops", function() while true do end end)
      describe("money", function()
        it("is asked and paid", function()
          local usd = "1.50 USD/2"
          local fakes = { now = 7, ledger = { balances = { ["citizen:a"] = "2.00 USD/2" } } }
          local result = decide("bank.pay", { from = "citizen:a", amount = usd }, fakes)
          assert.equal("2.00 USD/2", result.left)
          assert.equal(7, result.at)
          assert.has_error(function() decide("bank.pay", { from = "bridge", amount = usd }) end, "debits")
          assert.has_error(function() decide("bank.pay", { from = "citizen:poor", amount = usd }) end, "too_poor")
        end)
      end)
    end)
    """

  @Test func `specs pass, fail and wait as they say`() throws {
    let run = try RulebookSamples.specs(samples)
    #expect(run.loadErrors == [])
    #expect(
      run.results.map(\.status) == [.passed, .passed, .failed, .pending, .failed, .passed],
      "\(run.results.map { ($0.name, $0.message ?? "") })")
    guard run.results.count == 6 else { return }
    #expect(run.results[2].message == "plugins/tiers/spec/tiers_spec.lua:11: expected 1, got 2")
    #expect(run.results[3].message == "when there is time")
    #expect(run.results[5].path == ["tier.assign", "money"])
    #expect(run.results[0].fuel > 0)
  }

  @Test func `with_policy gives what its function does, and names what the policy doesn't have`() throws {
    let text = """
      local function price(changes)
        return with_policy("tiers", changes, function()
          return decide("tier.assign", { social_class = "Nobili" }).price, "paid"
        end)
      end
      it("gives both", function()
        local amount, word = price({ noble = 7 })
        assert.equal(7, amount)
        assert.equal("paid", word)
      end)
      it("has a typo", function() price({ nobel = 7 }) end)
      it("is over behind it", function()
        assert.equal(100, decide("tier.assign", { social_class = "Nobili" }).price)
      end)
      """
    let run = try RulebookSamples.specs(text)
    #expect(run.results.map(\.status) == [.passed, .failed, .passed], "\(run.results.map { $0.message ?? "" })")
    let message = run.results.dropFirst().first?.message ?? ""
    #expect(message.contains("the policy 'tiers' has no 'nobel'; it has noble"), "\(message)")
  }

  @Test func `a spec gives a decision the holds it settles`() throws {
    let text = """
      local id, other = "018bcfe5-6800-7000-8000-00000000000a", "018bcfe5-6800-7000-8000-00000000000b"
      local function settle(hold, sum)
        return decide("till.settle", { hold = hold, amount = sum }, { ledger = { holds = {
          [id] = { from = "citizen:a", to = "bank", amount = "2.00 USD/2" },
          [other] = { from = "bank", to = "citizen:a", amount = "2.00 USD/2" },
        } } })
      end
      it("settles", function() assert.is_not_nil(settle(id, "1.50 USD/2").id) end)
      it("settles all", function() assert.is_not_nil(settle(id).id) end)
      it("is held to the hold", function()
        assert.has_error(function() settle(id, "2.01 USD/2") end, "exceeds_pending_transfer_amount")
        assert.has_error(function() settle(other) end, "debits")
        assert.has_error(function() settle("018bcfe5-6800-7000-8000-00000000000c") end, "pending_transfer_not_found")
      end)
      """
    let run = try RulebookSamples.specs(text)
    #expect(run.results.map(\.status) == [.passed, .passed, .passed], "\(run.results.map { $0.message ?? "" })")
  }

  @Test func `lines are counted, those of both branches when both ran`() throws {
    let run = try RulebookSamples.specs(samples)
    let lines = run.coverage?.files["plugins/tiers/plugin.lua"] ?? [:]
    #expect(lines[13].map { $0 > 0 } == true, "\(lines)")
    #expect(lines[15] == 0, "\(lines)")
    #expect(run.coverage?.files["plugins/tiers/spec/tiers_spec.lua"] == nil)
  }

  @Test func `a property prints its seed and draws the same cases from it`() throws {
    let text = """
      property("is small", { amount = generate.integer(1, 1000) }, function(case)
        assert.is_true(case.amount < 900)
      end)
      property("takes a list", { generate.integer(1, 3), generate.one_of { "a", "b" } }, function(number, letter)
        assert(number >= 1 and number <= 3)
        assert(letter == "a" or letter == "b")
      end)
      """
    let run = try RulebookSamples.specs(text, seed: 42)
    #expect(run.results.map(\.status) == [.failed, .passed], "\(run.results)")
    #expect(run.results.first?.seed == 42)
    #expect(run.results.first?.message?.contains("seed 42") == true)
    #expect(try RulebookSamples.specs(text, seed: 42).results.first?.message == run.results.first?.message)
  }

  @Test func `tables that differ are told by where they do, however long they are`() throws {
    let text = """
      it("a", function()
        local one, other = { list = {}, same = 1, deep = { x = 1, y = 2 } }, { list = {}, same = 1, deep = { x = 1 } }
        for n = 1, 90 do one.list[n], other.list[n] = n, n == 77 and "x" or n end
        assert.same(one, other)
      end)
      it("b", function() assert.same({ amount("1.00 USD/2"), 3 }, { amount("1.00 USD/2"), 4, 5 }) end)
      """
    let messages = try RulebookSamples.specs(text).results.map { $0.message ?? "" }
    #expect(
      messages.first?.hasSuffix("\ndeep.y: expected 2, got nil\nlist[77]: expected 77, got \"x\"") == true,
      "\(messages)")
    #expect(messages.last?.hasSuffix("\n[2]: expected 3, got 4\n[3]: expected nil, got 5") == true, "\(messages)")
  }

  @Test func `a failing property is told by the simplest case that fails, and by the one that was drawn`() throws {
    let text = """
      property("a", { generate.integer(-1000, 1000), generate.string(20), generate.number(0, 1) }, function(n, s, f)
        assert.is_true(n < 17 or #s < 3)
      end)
      property("b", { size = generate.integer(1, 1000000), kind = generate.one_of { "x", "y", "z" } }, function(case)
        assert.is_true(case.size < 5000 or case.kind == "x")
      end)
      property("c", { generate.integer(5, 9) }, function(number) assert.is_nil(number) end)
      """
    let messages = try RulebookSamples.specs(text, seed: 42).results.map { $0.message ?? "" }
    #expect(messages.count == 3)
    #expect(messages.first?.contains(#"with {17, "   ", 0.0} (case "#) == true, "\(messages)")
    #expect(messages.first?.contains("; drawn as {") == true, "\(messages)")
    #expect(messages.dropFirst().first?.contains(#"with {kind = "y", size = 5000} (case "#) == true, "\(messages)")
    #expect(messages.last?.contains("got 5\nwith {5} (case 1 of 100, seed 42") == true, "\(messages)")
  }

  @Test(arguments: [
    ("refused(function() end, 'too_many')", "refused(\"code\", function() … end)"),
    ("has_error('no such')", "has_error(function() … end)"), ("has_no_error()", "has_no_error(function() … end)"),
  ])
  func `an assertion that calls a function says so when it gets none`(asserted: String, form: String) throws {
    let run = try RulebookSamples.specs("it('a', function()\n  assert.\(asserted)\nend)")
    let word = form.prefix { $0 != "(" }
    #expect(
      run.results.first?.message
        == "plugins/tiers/spec/tiers_spec.lua:2: assert.\(word) takes a function that it can call: assert.\(form)")
  }

  @Test func `hooks run around each spec, inside out afterwards, also when it fails`() throws {
    let text = """
      local log = ""
      describe("a", function()
        before_each(function() log = log .. "1" end)
        after_each(function() if log ~= "12b3" then error("log " .. log, 0) end end)
        describe("b", function()
          before_each(function() log = log .. "2" end)
          after_each(function() log = log .. "3" end)
          it("first", function() log = log .. "b" assert(true) end)
          it("second", function() log = log .. "b" assert.is_nil(1) end)
        end)
      end)
      """
    let run = try RulebookSamples.specs(text)
    #expect(run.results.map(\.status) == [.passed, .failed], "\(run.results)")
    #expect(run.results.last?.message == "plugins/tiers/spec/tiers_spec.lua:9: expected nil, got 1")
  }

  @Test func `a filter chooses by file, path and name`() throws {
    let run = try RulebookSamples.specs(samples, filter: SpecFilter("money.*paid$"))
    #expect(run.results.map(\.name) == ["is asked and paid"])
  }

  @Test func `a spec file that does not load is an error of the run`() throws {
    let run = try RulebookSamples.specs("nonsense()")
    #expect(run.results.isEmpty)
    #expect(run.loadErrors.first?.hasPrefix("plugins/tiers/spec/tiers_spec.lua:1: ") == true, "\(run.loadErrors)")
  }

  @Test func `tables of rows become specs`() throws {
    let text = """
      each({ { class = "Nobili", tier = "enterprise" }, { class = "Popolani", tier = "observer" } }, function(row)
        it("gives " .. row.class, function()
          assert.equal(row.tier, decide("tier.assign", { social_class = row.class }).tier)
        end)
      end)
      """
    #expect(try RulebookSamples.specs(text).results.map(\.status) == [.passed, .passed])
  }
}
