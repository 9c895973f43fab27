local charter = require "spec.charter"

-- Rows that were computed for the charter's numbers rest while others are in force.
local it = charter.is_in_force and it or function(name)
  pending(name, "computed for the charter's fee, rate and cap")
end

local function purchase(input)
  return decide("bridge.purchase", input)
end

describe("bridge.purchase", function()
  each({
    { package = "starter", price = 10, ducats = 100, bonus = 0 },
    { package = "explorer", price = 50, ducats = 500, bonus = 25 },
    { package = "trader", price = 100, ducats = 1000, bonus = 75 },
    { package = "merchant", price = 250, ducats = 2500, bonus = 250 },
    { package = "noble", price = 500, ducats = 5000, bonus = 750 },
  }, function(row)
    it("sells the " .. row.package .. " package at its price, whatever the level", function()
      for _, level in ipairs { 0, 0.5, 1 } do
        local result = purchase { package = row.package, level = level }
        assert.equal(amount("USD/2", row.price * 100), result.charge)
        assert.equal(amount("USD/2", 0), result.fee)
        assert.equal(amount("DUC/2", row.ducats * 100), result.ducats)
        assert.equal(amount("DUC/2", row.bonus * 100), result.bonus)
      end
    end)
  end)

  it("takes custom purchases from 10 to 10 000 dollars", function()
    assert.equal(amount("10.25 USD/2"), purchase({ amount = amount("100.00 DUC/2") }).charge)
    assert.equal(amount("10250.00 USD/2"), purchase({ amount = amount("100000.00 DUC/2") }).charge)
  end)

  each({ "99.90 DUC/2", "100000.01 DUC/2" }, function(wanted)
    it("refuses a custom purchase of " .. wanted, function()
      assert.refused("outside_purchase_limits", function()
        purchase { amount = amount(wanted) }
      end, "a purchase costs between 10.00 USD/2 and 10000.00 USD/2 before the fee")
    end)
  end)

  it("refuses to guess what is wanted", function()
    assert.refused("nothing_wanted", function()
      purchase {}
    end, "name a package or an amount of ducats")
  end)

  it("sells ducats by ducats only", function()
    assert.refused("wrong_asset", function()
      purchase { amount = amount("50.00 USD/2") }
    end, "a purchase is quoted in DUC/2, not in USD/2")
  end)

  it("prices by the rate and the citizen's multiplier", function()
    local result = purchase { amount = amount("1000.00 DUC/2"), level = 1 }
    assert.equal("0.10", result.rate)
    assert.equal("1.618034", result.multiplier)
    assert.equal(amount("161.81 USD/2") + result.fee, result.charge)
  end)

  each({ -0.01, 1.01 }, function(level)
    it("refuses a level of " .. level, function()
      assert.refused("invalid_input", function()
        purchase { package = "starter", level = level }
      end, "level")
    end)
  end)
end)
