local fees = require "policies.fees"
local names = require "policies.names"

describe("bridge.validity", function()
  local function validity(side, wanted, level)
    local input = { side = side, amount = wanted, level = level or 0 }
    return decide("bridge.validity", input).seconds
  end

  it("lets an offer stand for a while, and a day at most", function()
    local seconds = validity("sell", amount("5.00 DUC/2"))
    assert.is_true(0 < seconds and seconds <= 86400)
    with_policy("fees", { quote_seconds = 1 }, function()
      assert.equal(1, validity("sell", amount("5.00 DUC/2")))
    end)
    with_policy("fees", { quote_seconds = 0 }, function()
      assert.refused("invalid_output", function()
        validity("sell", amount("5.00 DUC/2"))
      end, "seconds")
    end)
  end)

  local cent = amount("USD/2", 1)
  local least, most = amount(fees.custom_minimum), amount(fees.custom_maximum)
  -- So many ducats that their price is, to the cent, that many dollars.
  local function ducats(dollars)
    return dollars:convert(names.ducat, {}, { fees.rate }, "floor")
  end

  each({ { base = least, ok = true }, { base = most, ok = true }, { base = least - cent },
    { base = most + cent } }, function(row)
    it((row.ok and "offers" or "doesn't offer") .. " what costs " .. tostring(row.base), function()
      for side, wanted in pairs { buy = row.base, purchase = ducats(row.base) } do
        if row.ok then
          assert.is_true(0 < validity(side, wanted))
        else
          assert.has_error(function() validity(side, wanted) end, "a purchase costs between")
        end
      end
    end)
  end)

  it("counts the price at the citizen's level, and has no limits for a sale", function()
    assert.has_error(function() validity("purchase", ducats(most), 1) end, "costs between")
    assert.is_true(0 < validity("purchase", ducats(least) - amount("DUC/2", 50), 1))
    assert.is_true(0 < validity("sell", ducats(most) + ducats(most)))
    assert.is_true(0 < validity("sell", amount(fees.minimum[names.ducat])))
  end)

  it("refuses what has no price", function()
    assert.refused("wrong_asset", function()
      validity("buy", amount("50.00 DUC/2"))
    end, "a buy is quoted in USD/2, not in DUC/2")
    assert.refused("below_minimum", function()
      validity("sell", amount("0.01 DUC/2"))
    end, "the least amount of a sell is " .. fees.minimum[names.ducat])
  end)
end)
