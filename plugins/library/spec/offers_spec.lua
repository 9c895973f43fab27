local names = require "policies.names"
local offers = require "library.offers"

---Whether so many ducats for so many dollars are suspended at a rate and a fee.
local function is_suspended(ducats, dollars, rate, fee)
  local refused = offers.suspension(amount(ducats), amount(dollars), { rate = rate, fee = fee })
  return refused ~= nil
end

---What a sale of these ducats brings without a level, as the bridge rounds it.
---@param ducats cascade.Amount
---@param rate string
---@param fee string
---@return cascade.Amount
local function net(ducats, rate, fee)
  local gross = ducats:convert(names.dollar, { rate }, {}, "floor")
  return gross - gross:convert(names.dollar, { fee }, {}, "ceil")
end

describe("an offer", function()
  each({
    { ducats = "5000.00 DUC/2", rate = "0.102564", fee = "0.025", suspended = false },
    { ducats = "5000.00 DUC/2", rate = "0.102565", fee = "0.025", suspended = true },
    { ducats = "5000.00 DUC/2", rate = "0.1", fee = "0", suspended = false },
    { ducats = "5000.00 DUC/2", rate = "0.1000000001", fee = "0", suspended = true },
    { ducats = "5000.01 DUC/2", rate = "0.1", fee = "0", suspended = true },
    { ducats = "5000.00 DUC/2", rate = "0.50", fee = "1", suspended = false },
    { ducats = "5000.00 DUC/2", rate = "0.50", fee = "0.8", suspended = false },
    { ducats = "5000.00 DUC/2", rate = "0.50", fee = "0.799999999999", suspended = true },
    {
      ducats = "92233720368547758.07 DUC/2", rate = "0.12345678901234567",
      fee = "0.00000000000000001", suspended = true,
    },
  }, function(row)
    local does = row.suspended and "suspends " or "makes an offer of "
    it(does .. row.ducats .. " for 500.00 at " .. row.rate .. " and " .. row.fee, function()
      assert.equal(row.suspended, is_suspended(row.ducats, "500.00 USD/2", row.rate, row.fee))
    end)
  end)

  property("that isn't suspended sells for no more than it costs, however often it is bought", {
    generate.integer(1, 1000000), generate.integer(0, 1000000), generate.integer(1, 10000000),
    generate.integer(1, 1000000), generate.integer(1, 1000),
  }, function(millionths, fee_millionths, ducats, dollars, times)
    local rate = string.format("%.6f", millionths / 1e6)
    local fee = string.format("%.6f", fee_millionths / 1e6)
    local cost, numbers = amount(names.dollar, dollars), { rate = rate, fee = fee }
    if offers.suspension(amount(names.ducat, ducats), cost, numbers) then
      return
    end
    local all = amount(names.ducat, ducats * times)
    assert.is_true(net(all, rate, fee).minor <= dollars * times)
  end)
end)

describe("the least that ducats cost", function()
  local packages = {
    small = { price = "1.00 USD/2", ducats = "10.00 DUC/2", bonus = "90.00 DUC/2" },
    large = { price = "90.00 USD/2", ducats = "1000.00 DUC/2", bonus = "0.00 DUC/2" },
  }

  local function least(ducats, rate, fee)
    local numbers = { rate = rate, fee = fee, packages = packages }
    return tostring(offers.least_cost(amount(ducats), numbers))
  end

  it("is that of buying freely, the fee on top, or that of a package that is offered", function()
    -- Freely for 0.08 and 2.5 %; in large packages for 0.09, while 1000.00 sell for no more.
    assert.equal("82.00 USD/2", least("1000.00 DUC/2", "0.08", "0.025"))
    assert.equal("90.00 USD/2", least("1000.00 DUC/2", "0.09", "0.025"))
    assert.equal("90.00 USD/2", least("1000.00 DUC/2", "0.0923", "0.025"))
    -- Here they sell for 90.09, and the small packages at 0.10 are left.
    assert.equal("94.71 USD/2", least("1000.00 DUC/2", "0.0924", "0.025"))
    assert.equal("100.00 USD/2", least("1000.00 DUC/2", "0.0999", "0.025"))
    assert.equal("153.75 USD/2", least("1000.00 DUC/2", "0.15", "0.025"))
    assert.equal("0.00 USD/2", least("0.01 DUC/2", "0.15", "0"))
    local most = "92233720368547758.07 DUC/2"
    assert.equal("11386878955374876.75 USD/2", least(most, "0.12345678901234567", "0.000000000001"))
  end)

  property("is no less than what they are sold for at the same rate", {
    generate.integer(10000, 500000), generate.integer(0, 1000000), generate.integer(1, 10000000),
  }, function(millionths, fee_millionths, minor)
    local rate = string.format("%.6f", millionths / 1e6)
    local fee = string.format("%.6f", fee_millionths / 1e6)
    local ducats = amount(names.ducat, minor)
    local numbers = { rate = rate, fee = fee, packages = packages }
    assert.is_true(net(ducats, rate, fee) <= offers.least_cost(ducats, numbers))
  end)
end)
