local ladder = { Facchini = 1, Popolani = 2, Cittadini = 3, Nobili = 4 }

describe("tiers.promote", function()
  each({
    { from = "Facchini", facts = {}, to = "Facchini" },
    { from = "Facchini", facts = { influence = 10000 }, to = "Facchini" },
    { from = "Facchini", facts = { influence = 10001 }, to = "Nobili" },
    { from = "Cittadini", facts = { influence = 10000.5 }, to = "Nobili" },
    { from = "Facchini", facts = { daily_income = 100000 }, to = "Facchini" },
    { from = "Facchini", facts = { daily_income = 100001 }, to = "Cittadini" },
    { from = "Nobili", facts = { daily_income = 100001 }, to = "Nobili" },
    { from = "Popolani", facts = { uses_land = true }, to = "Cittadini" },
    { from = "Cittadini", facts = { uses_land = true }, to = "Cittadini" },
    { from = "Nobili", facts = { uses_land = true }, to = "Nobili" },
    { from = "Facchini", facts = { owns_business_building = true }, to = "Popolani" },
    { from = "Cittadini", facts = { owns_business_building = true }, to = "Cittadini" },
    { from = "Facchini", facts = { runs_building = true }, to = "Popolani" },
    { from = "Facchini", facts = { runs_building = true, uses_land = true }, to = "Cittadini" },
    { from = "Facchini", facts = { influence = 10001, runs_building = true }, to = "Nobili" },
    { from = " Popolani ", facts = { influence = 10001 }, to = "Nobili" },
    { from = "Artisti", facts = { influence = 10001 }, to = "Artisti" },
    { from = "Forestieri from Milano", facts = { uses_land = true }, to = "Forestieri" },
    { from = "", facts = { influence = 10001 }, to = "" },
  }, function(row)
    it("takes '" .. row.from .. "' to '" .. row.to .. "'", function()
      local input = { social_class = row.from }
      for name, value in pairs(row.facts) do
        input[name] = value
      end
      local result = decide("tiers.promote", input)
      assert.equal(row.to, result.social_class)
      local before = ladder[row.from:match("^%s*(.-)%s*$")]
      assert.equal(before ~= nil and ladder[row.to] > before, result.promoted)
    end)
  end)

  it("takes facts that are left out for nothing", function()
    for _, fact in ipairs { "influence", "daily_income" } do
      local promotions = { { fact = fact, above = 0.5, class = "Nobili" } }
      with_policy("tiers", { promotions = promotions }, function()
        assert.is_false(decide("tiers.promote", { social_class = "Facchini" }).promoted)
        local input = { social_class = "Facchini", [fact] = 0.6 }
        assert.is_true(decide("tiers.promote", input).promoted)
      end)
    end
  end)

  property("never demotes", {
    generate.one_of { "Facchini", "Popolani", "Cittadini", "Nobili" },
    generate.number(0, 20000),
    generate.number(0, 200000),
    generate.boolean(),
    generate.boolean(),
    generate.boolean(),
  }, function(class, influence, income, land, owner, runner)
    local result = decide("tiers.promote", {
      social_class = class, influence = influence, daily_income = income,
      uses_land = land, owns_business_building = owner, runs_building = runner,
    })
    assert.is_true(ladder[result.social_class] >= ladder[class])
    assert.equal(ladder[result.social_class] > ladder[class], result.promoted)
  end)
end)
