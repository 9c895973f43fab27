local charter = require "spec.charter"
local fees = require "policies.fees"
local names = require "policies.names"
local prices = require "prices"

-- Rows that were computed for the charter's numbers rest while others are in force.
local charter_it = charter.is_in_force and it or function(name)
  pending(name, "computed for the charter's fee, rate and cap")
end

local function purchase(input)
  return decide("bridge.purchase", input)
end

---What ducats bring after the fee, at the rate in force and without a level.
local function sold(ducats)
  return decide("bridge.quote", { side = "sell", amount = ducats, level = 0 }).net
end

describe("an offer", function()
  charter_it("is suspended while its ducats sell for more than it costs", function()
    assert.equal(amount("500.00 USD/2"), purchase({ package = "noble" }).charge)
    with_policy("fees", { rate = "0.20" }, function()
      assert.refused("offer_suspended", function()
        purchase { package = "noble" }
      end, "its ducats sell for 975.00 USD/2 at a rate of 0.20 and cost 500.00 USD/2; it is "
        .. "offered again when they don't")
      assert.equal(amount("205.00 USD/2"), purchase({ amount = amount("1000.00 DUC/2") }).charge)
    end)
  end)

  charter_it("gains nothing by being bought often and sold at once", function()
    -- One starter package brings 10.00 here, as its price is; a hundred bring 1000.83.
    with_policy("fees", { rate = "0.10265" }, function()
      assert.equal(amount("10.00 USD/2"), sold(amount("100.00 DUC/2")))
      assert.is_true(amount("1000.00 USD/2") < sold(amount("10000.00 DUC/2")))
      assert.refused("offer_suspended", function()
        purchase { package = "starter" }
      end, "its ducats sell for 10.01 USD/2")
    end)
  end)
end)

describe("what check is told", function()
  it("names the packages that are suspended, and nothing else", function()
    local packages = {
      fair = { price = "10.00 USD/2", ducats = "100.00 DUC/2" },
      rich = { price = "9.74 USD/2", ducats = "100.00 DUC/2" },
    }
    local doubts = prices.doubts { rate = "0.1", fee = "0.025", packages = packages }
    assert.same({ {
      policy = "fees", key = "packages.rich",
      message = "the package 'rich' is suspended: its ducats sell for 9.75 USD/2 at a rate of 0.1 "
        .. "and cost 9.74 USD/2; it is offered again when they don't",
    } }, doubts)
  end)
end)

---The policy with some of its numbers changed.
local function changed(old, new)
  if type(old) ~= "table" or type(new) ~= "table" then
    return new
  end
  local all = {}
  for name, value in pairs(old) do
    all[name] = value
  end
  for name, value in pairs(new) do
    all[name] = changed(old[name], value)
  end
  return all
end

describe("policies/fees.lua", function()
  it("is within its bounds", function()
    prices.check_bounds(fees)
    assert.is_true(tonumber(fees.rate_minimum) < tonumber(fees.rate_maximum))
  end)

  each({
    { says = "fee -0.0001", fee = "-0.0001" },
    { says = "fee 1.0001", fee = "1.0001" },
    { says = "rate 0.0001", rate = "0.0001" },
    { says = "rate 100", rate = "100" },
    { says = "rate x", rate = "x" },
    { says = "minimum 0.00 DUC/2", minimum = { [names.ducat] = "0.00 DUC/2" } },
    { says = "minimum 1.00 DUC/2", minimum = { [names.dollar] = "1.00 DUC/2" } },
    { says = "custom_minimum 0.00 USD/2", custom_minimum = "0.00 USD/2" },
    { says = "custom_minimum 10.00 DUC/2", custom_minimum = "10.00 DUC/2" },
    {
      says = "custom_maximum 9.99 USD/2",
      custom_minimum = "10.00 USD/2", custom_maximum = "9.99 USD/2",
    },
    { says = "custom_maximum 90000.00 DUC/2", custom_maximum = "90000.00 DUC/2" },
    { says = "daily_cap -0.01 USD/2", uplift = { daily_cap = "-0.01 USD/2" } },
    { says = "daily_cap 1.00 DUC/2", uplift = { daily_cap = "1.00 DUC/2" } },
    { says = "price of starter 0.00 USD/2", packages = { starter = { price = "0.00 USD/2" } } },
    { says = "price of starter 10.00 DUC/2", packages = { starter = { price = "10.00 DUC/2" } } },
    { says = "ducats of noble 0.00 DUC/2", packages = { noble = { ducats = "0.00 DUC/2" } } },
    { says = "ducats of noble 10.00 USD/2", packages = { noble = { ducats = "10.00 USD/2" } } },
    { says = "bonus of noble -0.01 DUC/2", packages = { noble = { bonus = "-0.01 DUC/2" } } },
    { says = "bonus of noble 0.00 USD/2", packages = { noble = { bonus = "0.00 USD/2" } } },
  }, function(changes)
    it("isn't loaded with a number out of bounds: " .. changes.says, function()
      assert.has_error(function()
        prices.check_bounds(changed(fees, changes))
      end, "policies/fees.lua: " .. changes.says .. " is outside its bounds")
    end)
  end)

  each({ { least = "0" }, { least = "-0.05" }, { least = "none" } }, function(row)
    it("isn't loaded with a rate that may be as low as " .. row.least, function()
      assert.has_error(function()
        prices.check_bounds(changed(fees, { rate_minimum = row.least, rate = row.least }))
      end, "policies/fees.lua: rate_minimum " .. row.least .. " must be above 0")
    end)
  end)

  each({
    { fee = "0" }, { fee = "1" }, { rate = fees.rate_minimum }, { rate = fees.rate_maximum },
    { rate_minimum = "0.000001" }, { rate_minimum = fees.rate },
    { uplift = { daily_cap = "0.00 USD/2" } },
    { minimum = { [names.ducat] = "0.01 DUC/2" } }, { minimum = { [names.dollar] = "0.01 USD/2" } },
    { custom_minimum = "0.01 USD/2" }, { custom_maximum = fees.custom_minimum },
    { packages = { noble = { price = "0.01 USD/2", bonus = "0.00 DUC/2" } } },
    { packages = { noble = { ducats = "0.01 DUC/2" } } },
  }, function(changes)
    it("is loaded with a number at its bound: " .. next(changes), function()
      prices.check_bounds(changed(fees, changes))
      assert.is_true(true)
    end)
  end)
end)

describe("the reserve of uplifts", function()
  local accounts = { bridge_dollars = "bridge:dollars", clearing = "clearing:stripe" }

  it("is an account of its own", function()
    prices.check_reserve({ uplift = { reserve = "reserve:uplift" } }, accounts)
    prices.check_reserve(fees, require("policies.payments").accounts)
    assert.is_true(true)
  end)

  each({ { account = "bridge:dollars" }, { account = "clearing:stripe" } }, function(row)
    it("isn't what the bridge has in " .. row.account, function()
      assert.has_error(function()
        prices.check_reserve({ uplift = { reserve = row.account } }, accounts)
      end, "policies/fees.lua: the reserve of uplifts must be an account of its own, and "
        .. row.account .. " is another's")
    end)
  end)

  it("keeps the bridge from loading when it is another's", function()
    with_policy("fees", { uplift = { reserve = "bridge:dollars" } }, function()
      assert.has_error(function()
        decide("bridge.purchase", { package = "starter" })
      end, "the reserve of uplifts must be an account of its own")
    end)
  end)
end)
