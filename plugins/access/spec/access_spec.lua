local function grant(level, username)
  return decide("access.grant", {
    citizen = { username = username or "alice", social_class = "Artisti" },
    measurement = { level = level },
    tier = "observer",
    permissions = { "creative_tools", "basic_access", "creative_tools" },
  })
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
    it("calls a level of " .. row.level .. " " .. row.tier, function()
      local result = grant(row.level)
      assert.equal(row.tier, result.consciousness_tier)
      assert.equal(row.tier, result.claims.consciousness_tier)
    end)
  end)

  it("puts the citizen and each permission once, sorted, into the claims", function()
    local result = grant(0.5)
    assert.same({ "basic_access", "creative_tools" }, result.permissions)
    assert.same({
      sub = "alice", social_class = "Artisti", tier = "observer",
      consciousness_tier = "emerging", consciousness_level = 0.5,
      permissions = { "basic_access", "creative_tools" },
    }, result.claims)
  end)

  it("lets a token live half an hour", function()
    assert.equal(1800, grant(0.5).lifetime_seconds)
  end)

  it("refuses a citizen without a name", function()
    assert.has_error(function() grant(0.5, "") end, "needs a citizen's name")
  end)

  it("refuses a level outside 0 to 1", function()
    assert.has_error(function() grant(1.01) end)
    assert.has_error(function() grant(-0.01) end)
  end)
end)
