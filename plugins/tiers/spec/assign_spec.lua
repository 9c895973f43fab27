local everyone = { "basic_access", "collaboration", "consciousness_stream" }

local function assign(social_class, influence, ducats)
  return decide("tier.assign", {
    social_class = social_class, influence = influence, ducats = ducats,
  })
end

local function sorted(...)
  local names = { ... }
  for _, name in ipairs(everyone) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

describe("tier.assign", function()
  each({
    { class = "Nobili", tier = "enterprise", usd = 2499 },
    { class = "Cittadini", tier = "creator", usd = 499 },
    { class = "Popolani", tier = "participant", usd = 149 },
    { class = "Facchini", tier = "observer", usd = 29 },
    { class = "Artisti", tier = "observer", usd = 29 },
    { class = "Forestieri", tier = "observer", usd = 29 },
    { class = "Forestieri from Milano", tier = "observer", usd = 29 },
    { class = "Clero", tier = "observer", usd = 29 },
    { class = "Scientisti", tier = "observer", usd = 29 },
    { class = "Innovatori", tier = "observer", usd = 29 },
    { class = "Ambasciatore", tier = "observer", usd = 29 },
    { class = "", tier = "observer", usd = 29 },
    { class = "  ", tier = "observer", usd = 29 },
    { class = "Doge", tier = "observer", usd = 29 },
    { class = "nobili", tier = "observer", usd = 29 },
    { class = "NOBILI", tier = "observer", usd = 29 },
    { class = "Nobili from Milano", tier = "observer", usd = 29 },
    { class = " \t Nobili\n", tier = "enterprise", usd = 2499 },
    { class = "Cittadini ", tier = "creator", usd = 499 },
  }, function(row)
    it("gives '" .. row.class .. "' the tier " .. row.tier, function()
      local result = assign(row.class)
      assert.equal(row.tier, result.tier)
      assert.equal(row.usd, result.usd_per_month)
    end)
  end)

  each({
    {
      class = "Nobili",
      more = sorted("advanced_collaboration", "governance_access", "premium_features",
        "treasury_view"),
    },
    { class = "Cittadini", more = sorted("advanced_collaboration", "premium_features") },
    { class = "Innovatori", more = sorted("innovation_labs", "pattern_analysis") },
    { class = "Artisti", more = sorted("artwork_gallery", "creative_tools") },
    { class = "Popolani", more = everyone },
    { class = "Facchini", more = everyone },
    { class = "", more = everyone },
  }, function(row)
    it("permits '" .. row.class .. "' what the class opens, sorted", function()
      assert.same(row.more, assign(row.class).permissions)
    end)
  end)

  each({
    { influence = 100, ducats = 10000, more = everyone },
    { influence = 100.5, ducats = 0, more = sorted("influence_network") },
    { influence = 500, ducats = 0, more = sorted("influence_network") },
    { influence = 501, ducats = 0, more = sorted("community_leadership", "influence_network") },
    { influence = 0, ducats = 10000.01, more = sorted("economic_premium") },
    { influence = 0, ducats = 50000, more = sorted("economic_premium") },
    { influence = 0, ducats = 50001, more = sorted("economic_premium", "merchant_council") },
    { influence = -1, ducats = -1, more = everyone },
  }, function(row)
    it("is strict at influence " .. row.influence .. ", ducats " .. row.ducats, function()
      assert.same(row.more, assign("Popolani", row.influence, row.ducats).permissions)
    end)
  end)

  it("counts influence and ducats as nothing when they are left out", function()
    assert.same(everyone, decide("tier.assign", { social_class = "Facchini" }).permissions)
  end)

  it("grants what each threshold grants, in whatever order they are written", function()
    local steps = {
      { above = 0.75, permission = "third" }, { above = 0.25, permission = "first" },
      { above = 0.5, permission = "second" },
    }
    local changes = { permissions = { by_influence = steps, by_ducats = steps } }
    with_policy("tiers", changes, function()
      local function granted(value)
        local names = assign("Facchini", value, value).permissions
        return #names - #everyone
      end
      for passed, value in ipairs { 0.26, 0.51, 0.76 } do
        assert.equal(passed, granted(value))
      end
      assert.same(everyone, decide("tier.assign", { social_class = "Facchini" }).permissions)
    end)
  end)

  it("names the unknown field", function()
    assert.has_error(function()
      decide("tier.assign", { class = "Nobili" })
    end, "unknown field 'class'")
  end)

  property("never repeats or disorders a permission", {
    generate.one_of { "Nobili", "Cittadini", "Artisti", "Innovatori", "Clero" },
    generate.number(0, 1000),
    generate.number(0, 100000),
  }, function(class, influence, ducats)
    local names = assign(class, influence, ducats).permissions
    for place = 2, #names do
      assert.is_true(names[place - 1] < names[place])
    end
  end)
end)
