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

describe("bridge.quote, a sale", function()
  each({
    { level = 0, m = "1.000000", gross = "100.00", fee = "2.50", net = "97.50" },
    { level = 0.25, m = "1.127838", gross = "112.78", fee = "2.82", net = "109.96" },
    { level = 0.5, m = "1.272020", gross = "127.20", fee = "3.18", net = "124.02" },
    { level = 0.618034, m = "1.346361", gross = "134.63", fee = "3.37", net = "131.26" },
    { level = 0.75, m = "1.434633", gross = "143.46", fee = "3.59", net = "139.87" },
    { level = 1, m = "1.618034", gross = "161.80", fee = "4.05", net = "157.75" },
  }, function(row)
    it("gives a level of " .. row.level .. " the net " .. row.net, function()
      local result = sell("1000.00 DUC/2", row.level)
      assert.equal(row.m, result.multiplier)
      assert.equal(amount(row.gross .. " USD/2"), result.gross)
      assert.equal(amount(row.fee .. " USD/2"), result.fee)
      assert.equal(amount(row.net .. " USD/2"), result.net)
      assert.equal("granted", result.uplift)
      assert.equal("sell", result.side)
      assert.equal("0.10", result.rate)
      assert.is_nil(result.charge)
    end)
  end)

  each({
    { ducats = 390, gross = 39, fee = 1, net = 38 },
    { ducats = 400, gross = 40, fee = 1, net = 39 },
    { ducats = 410, gross = 41, fee = 2, net = 39 },
    { ducats = 12345, gross = 1234, fee = 31, net = 1203 },
    {
      ducats = 999999999999999, gross = 99999999999999, fee = 2500000000000,
      net = 97499999999999,
    },
  }, function(row)
    it("sells " .. row.ducats .. " minor units exactly", function()
      local result = decide("bridge.quote", {
        side = "sell", amount = amount("DUC/2", row.ducats), level = 0,
      })
      assert.equal(amount("USD/2", row.gross), result.gross)
      assert.equal(amount("USD/2", row.fee), result.fee)
      assert.equal(amount("USD/2", row.net), result.net)
    end)
  end)

  it("is at multiplier 1 without a citizen", function()
    local result = decide("bridge.quote", {
      side = "sell", amount = amount("1000.00 DUC/2"), level = 1,
    }, rich)
    assert.equal("1.000000", result.multiplier)
    assert.equal(amount("97.50 USD/2"), result.net)
    assert.equal("none", result.uplift)
  end)

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

describe("bridge.quote, the other sides", function()
  each({
    { level = 0, gross = "1000.00", fee = "25.00", net = "975.00" },
    { level = 0.5, gross = "786.15", fee = "19.66", net = "766.49" },
    { level = 1, gross = "618.03", fee = "15.46", net = "602.57" },
  }, function(row)
    it("buys ducats for 100 dollars at a level of " .. row.level, function()
      local result = decide("bridge.quote", {
        side = "buy", amount = amount("100.00 USD/2"), level = row.level, citizen = "alice",
      })
      assert.equal(amount(row.gross .. " DUC/2"), result.gross)
      assert.equal(amount(row.fee .. " DUC/2"), result.fee)
      assert.equal(amount(row.net .. " DUC/2"), result.net)
      assert.equal("none", result.uplift)
    end)
  end)

  each({
    { level = 0, fee = "2.50", charge = "102.50" },
    { level = 0.5, fee = "3.19", charge = "130.40" },
    { level = 0.618034, fee = "3.37", charge = "138.01" },
    { level = 1, fee = "4.05", charge = "165.86" },
  }, function(row)
    it("charges for exactly 1000 ducats at a level of " .. row.level, function()
      local result = decide("bridge.quote", {
        side = "purchase", amount = amount("1000.00 DUC/2"), level = row.level,
      })
      assert.equal(amount("1000.00 DUC/2"), result.gross)
      assert.equal(amount("1000.00 DUC/2"), result.net)
      assert.equal(amount(row.fee .. " USD/2"), result.fee)
      assert.equal(amount(row.charge .. " USD/2"), result.charge)
      assert.equal("none", result.uplift)
    end)
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
