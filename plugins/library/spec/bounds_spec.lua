local bounds = require "library.bounds"

describe("bounds", function()
  it("say which policy breaks which demand", function()
    bounds.demand(true, "fees", "nothing is said")
    assert.has_error(function()
      bounds.demand(false, "fees", "the fee is odd")
    end, "policies/fees.lua: the fee is odd")
    assert.has_error(function() bounds.demand(nil, "fees", "the fee is odd") end, "the fee is odd")
    local _, message = pcall(bounds.demand, false, "fees", "the fee is odd")
    assert.equal("policies/fees.lua: the fee is odd", message)
  end)

  each({ "0.05", "0.5", 0.05, "0.1", 0.50 }, function(value)
    it("hold " .. tostring(value) .. " between 0.05 and 0.50", function()
      bounds.between("fees", "rate", value, "0.05", "0.50")
      assert.is_true(true)
    end)
  end)

  each({ "0.049999", "0.500001", "x", "", 0.6, 0 / 0, 1 / 0, -1 / 0 }, function(value)
    it("don't hold " .. tostring(value) .. " between 0.05 and 0.50", function()
      assert.has_error(function()
        bounds.between("fees", "rate", value, 0.05, 0.50)
      end, "policies/fees.lua: rate " .. tostring(value) .. " is outside its bounds")
    end)
  end)

  it("don't hold what isn't there", function()
    assert.has_error(function()
      bounds.between("fees", "rate", nil, 0, 1)
    end, "policies/fees.lua: rate nil is outside its bounds")
  end)

  it("hold an amount of the asset that is at least so much", function()
    bounds.money("fees", "price", "0.05 USD/2", "USD/2", 5)
    for _, text in ipairs { "0.04 USD/2", "-1.00 USD/2", "0.05 DUC/2" } do
      assert.has_error(function()
        bounds.money("fees", "price", text, "USD/2", 5)
      end, "policies/fees.lua: price " .. text .. " is outside its bounds")
    end
  end)
end)
