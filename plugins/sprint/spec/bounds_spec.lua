local bounds = require "bounds"
local policy = require "policies.sprint"

local function check(envelopes, weeks)
  bounds.check { funding = "funding", envelopes = envelopes, weeks = weeks or 1 }
end

describe("policies/sprint.lua", function()
  it("is within its bounds, and may be at them", function()
    bounds.check(policy)
    check { { name = "team", budget = "0.00 DUC/2" }, { name = "tools", budget = "1.00 DUC/2" } }
    assert.is_true(true)
  end)

  each({
    {
      envelopes = {
        { name = "team", budget = "1.00 DUC/2" }, { name = "team", budget = "1.00 DUC/2" },
      },
      says = "an envelope can't be named 'team': another account has that name",
    },
    {
      envelopes = { { name = "funding", budget = "1.00 DUC/2" } },
      says = "an envelope can't be named 'funding': another account has that name",
    },
    {
      envelopes = { { name = "team", budget = "-0.01 DUC/2" } },
      says = "budget of team -0.01 DUC/2 is outside its bounds",
    },
    {
      envelopes = { { name = "team", budget = "1.00 USD/2" } },
      says = "budget of team 1.00 USD/2 is outside its bounds",
    },
    { envelopes = {}, weeks = 0, says = "weeks 0 is outside its bounds" },
  }, function(row)
    it("isn't loaded when " .. row.says, function()
      assert.has_error(function()
        check(row.envelopes, row.weeks)
      end, "policies/sprint.lua: " .. row.says)
    end)
  end)

  it("keeps the plugin from loading", function()
    with_policy("sprint", { weeks = 0 }, function()
      assert.has_error(function()
        decide("sprint.fund", {})
      end, "policies/sprint.lua: weeks 0 is outside its bounds")
    end)
  end)
end)
