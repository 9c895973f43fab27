local charter = require "spec.charter"

-- Rows that were computed for the charter's numbers rest while others are in force.
local it = charter.is_in_force and it or function(name)
  pending(name, "computed for the charter's fee, rate and cap")
end

local function fakes(reserve, used)
  return {
    now = 1700000000000,
    ledger = {
      balances = {
        ["reserve:uplift"] = reserve and amount(reserve),
        ["uplift:alice:20231114"] = used and amount(used),
      },
    },
  }
end

local rich = fakes("1000000000.00 USD/2")

local function sell(ducats, level, holdings)
  return decide("bridge.quote", {
    side = "sell", amount = amount(ducats), level = level, citizen = "alice",
  }, holdings or rich)
end

describe("bridge.quote", function()
  each(cases("quotes.csv"), function(case)
    local wanted = case.input
    it("quotes a " .. wanted.side .. " of " .. wanted.amount .. " at " .. wanted.level, function()
      local result = decide("bridge.quote", wanted, rich)
      for _, name in ipairs { "multiplier", "gross", "fee", "net", "charge", "uplift" } do
        assert.equal(case[name], result[name], name)
      end
      assert.equal(wanted.side, result.side)
      assert.equal("0.10", result.rate)
    end)
  end)
end)

describe("bridge.quote, a sale", function()
  it("spends the reserve to its last cent and not beyond", function()
    assert.equal("granted", sell("1000.00 DUC/2", 1, fakes("61.80 USD/2")).uplift)
    local result = sell("1000.00 DUC/2", 1, fakes("61.79 USD/2"))
    assert.equal("exhausted", result.uplift)
    assert.equal("1.000000", result.multiplier)
    assert.equal(amount("97.50 USD/2"), result.net)
  end)

  it("counts an unknown reserve as empty", function()
    assert.equal("exhausted", sell("1000.00 DUC/2", 1, {}).uplift)
    assert.equal("granted", sell("1000.00 DUC/2", 0, {}).uplift)
  end)

  it("caps the uplift of a citizen and day", function()
    -- 16181.20 ducats have an uplift of 1000.05, 16180.00 of 999.97.
    assert.equal("exhausted", sell("16181.20 DUC/2", 1).uplift)
    assert.equal("granted", sell("16180.00 DUC/2", 1).uplift)
  end)

  it("remembers what the citizen had today", function()
    local reserve = "5000.00 USD/2"
    assert.equal("granted", sell("1000.00 DUC/2", 1, fakes(reserve, "-938.20 USD/2")).uplift)
    assert.equal("exhausted", sell("1000.00 DUC/2", 1, fakes(reserve, "-938.21 USD/2")).uplift)
    local tomorrow = fakes(reserve, "-1000.00 USD/2")
    assert.equal("exhausted", sell("1000.00 DUC/2", 1, tomorrow).uplift)
    tomorrow.now = 1700006400000
    assert.equal("granted", sell("1000.00 DUC/2", 1, tomorrow).uplift)
  end)
end)

describe("bridge.quote refuses", function()
  each({
    { side = "sell", amount = "0.99 DUC/2", code = "below_minimum" },
    { side = "sell", amount = "0.09 DUC/2", code = "below_minimum" },
    { side = "sell", amount = "0.10 DUC/2", code = "below_minimum" },
    { side = "buy", amount = "0.99 USD/2", code = "below_minimum" },
    { side = "purchase", amount = "0.99 DUC/2", code = "below_minimum" },
    { side = "sell", amount = "0.00 DUC/2", code = "below_minimum" },
    { side = "sell", amount = "5.00 USD/2", code = "wrong_asset" },
    { side = "buy", amount = "5.00 DUC/2", code = "wrong_asset" },
    { side = "purchase", amount = "5.00 USD/2", code = "wrong_asset" },
  }, function(row)
    it("a " .. row.side .. " of " .. row.amount, function()
      assert.refused(row.code, function()
        decide("bridge.quote", { side = row.side, amount = amount(row.amount), level = 0 })
      end)
    end)
  end)

  it("every price while the rate is outside its bounds, and none at a bound", function()
    local function rate_of_quote() return sell("5.00 DUC/2", 0).rate end
    for _, rate in ipairs { "0.049", "0.51" } do
      with_policy("fees", { rate = rate }, function()
        local says = "policies/fees.lua: rate " .. rate .. " is outside its bounds"
        assert.has_error(rate_of_quote, says)
      end)
    end
    for _, rate in ipairs { "0.05", "0.50" } do
      with_policy("fees", { rate = rate }, function() assert.equal(rate, rate_of_quote()) end)
    end
  end)

  it("nothing at exactly the minimum", function()
    assert.equal(amount("0.09 USD/2"), sell("1.00 DUC/2", 0).net)
    local bought = decide("bridge.quote", {
      side = "buy", amount = amount("1.00 USD/2"), level = 0,
    })
    assert.equal(amount("9.75 DUC/2"), bought.net)
  end)

  it("a level outside 0 to 1", function()
    assert.refused("invalid_input", function() sell("5.00 DUC/2", 1.01) end, "level")
    assert.refused("invalid_input", function() sell("5.00 DUC/2", -0.01) end, "level")
  end)
end)
