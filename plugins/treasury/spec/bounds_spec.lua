local bounds = require "bounds"
local policy = require "policies.treasury"

---The policy with these shares, day's share and pay.
local function check(shares, daily_share, pay)
  local classes = {}
  for place, share in ipairs(shares) do
    classes[place] = { class = "Nobili", share = share }
  end
  bounds.check {
    classes = classes, daily_share = daily_share or "0.01",
    fixed_pay = { Clero = pay or "0.00 DUC/2" },
  }
end

describe("policies/treasury.lua", function()
  it("is within its bounds, and may be at them", function()
    bounds.check(policy)
    check { "1" }
    check { "0", "0.000000000001", "0.999999999999" }
    check({ "1" }, "0", "0.00 DUC/2")
    check({ "1" }, "1", "5.00 DUC/2")
    assert.is_true(true)
  end)

  each({
    { shares = {}, says = "the shares of the classes must make 1" },
    { shares = { "0.4", "0.3", "0.2" }, says = "the shares of the classes must make 1" },
    { shares = { "0.5", "0.6" }, says = "the shares of the classes must make 1" },
    { shares = { "1", "0.0000000000001" }, says = "the shares of the classes must make 1" },
    { shares = { "1.5", "-0.5" }, says = "share of Nobili 1.5 is outside its bounds" },
    { shares = { "-0.5", "1.5" }, says = "share of Nobili -0.5 is outside its bounds" },
    { shares = { "1" }, daily = "-0.01", says = "daily_share -0.01 is outside its bounds" },
    { shares = { "1" }, daily = "1.01", says = "daily_share 1.01 is outside its bounds" },
    { shares = { "1" }, pay = "-0.01 DUC/2", says = "fixed pay of Clero -0.01 DUC/2 is outside" },
    { shares = { "1" }, pay = "1.00 USD/2", says = "fixed pay of Clero 1.00 USD/2 is outside" },
  }, function(row)
    it("isn't loaded when it shares out what isn't there: " .. row.says, function()
      assert.has_error(function()
        check(row.shares, row.daily, row.pay)
      end, "policies/treasury.lua: " .. row.says)
    end)
  end)

  it("keeps the plugin from loading", function()
    with_policy("treasury", { daily_share = "1.01" }, function()
      assert.has_error(function()
        decide("treasury.redistribute", {})
      end, "policies/treasury.lua: daily_share 1.01 is outside its bounds")
    end)
  end)
end)
