local policy = require "policies.access"

local function grant(level, username)
  return decide("access.grant", {
    citizen = { username = username or "alice", social_class = "Artisti" },
    measurement = { level = level },
    tier = "observer",
    permissions = { "creative_tools", "basic_access", "creative_tools" },
  })
end

-- Rows that were computed for the charter's cuts rest while others are in force.
local cuts = policy.consciousness_tiers
---@type boolean
local is_charter = cuts[1].below == 0.236 and cuts[2].below == 0.382 and cuts[3].below == 0.618

local function check(row)
  local result = grant(row.level)
  assert.equal(row.tier, result.consciousness_tier)
  assert.equal(row.tier, result.claims.consciousness_tier)
end

describe("access.grant", function()
  each({
    { level = 0, tier = "dormant" },
    { level = 0.2359999, tier = "dormant" },
    { level = 0.236, tier = "stirring" },
    { level = 0.3819999, tier = "stirring" },
    { level = 0.382, tier = "emerging" },
    { level = 0.6179999, tier = "emerging" },
    { level = 0.618, tier = "achieved" },
    { level = 1, tier = "achieved" },
  }, function(row)
    local name = "calls a level of " .. row.level .. " " .. row.tier
    if is_charter then
      it(name, function() check(row) end)
    else
      pending(name, "computed for the charter's cuts")
    end
  end)

  it("begins a tier at the cut where the one before ends", function()
    local from = 0.0
    for _, step in ipairs(cuts) do
      if from < (step.below or 1) then
        check { level = from, tier = step.tier }
      end
      from = step.below or 1
    end
  end)

  it("puts the citizen and each permission once, sorted, into the claims", function()
    local result = grant(1)
    assert.same({ "basic_access", "creative_tools" }, result.permissions)
    assert.same({
      sub = "alice", social_class = "Artisti", tier = "observer",
      consciousness_tier = "achieved", consciousness_level = 1,
      permissions = { "basic_access", "creative_tools" },
    }, result.claims)
  end)

  it("lets a token live as long as the council says, and a second at least", function()
    assert.equal(policy.lifetime_seconds, grant(0.5).lifetime_seconds)
    with_policy("access", { lifetime_seconds = 1 }, function()
      assert.equal(1, grant(0.5).lifetime_seconds)
    end)
    with_policy("access", { lifetime_seconds = 0 }, function()
      assert.refused("invalid_output", function() grant(0.5) end, "lifetime_seconds")
    end)
  end)

  it("refuses a citizen without a name", function()
    assert.refused("unnamed_citizen", function()
      grant(0.5, "")
    end, "a token needs a citizen's name")
  end)

  it("says when the council left the last tier an end", function()
    local tiers = { { tier = "dormant", below = 0.5 } }
    with_policy("access", { consciousness_tiers = tiers }, function()
      assert.equal("dormant", grant(0.4).consciousness_tier)
      assert.has_error(function()
        grant(0.5)
      end, "policies/access.lua: the last consciousness tier must have no upper end")
    end)
  end)

  it("says nothing of the class of a citizen who has none", function()
    local result = decide("access.grant", {
      citizen = { username = "alice" }, measurement = { level = 0 }, tier = "observer",
      permissions = {},
    })
    assert.equal("", result.claims.social_class)
  end)

  it("refuses a level outside 0 to 1", function()
    assert.has_error(function() grant(1.01) end)
    assert.has_error(function() grant(-0.01) end)
  end)
end)
