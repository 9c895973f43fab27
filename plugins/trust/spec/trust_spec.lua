local function update(trust, change)
  return decide("trust.update", { trust = trust, change = change }).trust
end

describe("trust.update", function()
  each({
    { trust = 50, change = 1, becomes = 53.17 },
    { trust = 50, change = -1, becomes = 46.83 },
    { trust = 50, change = 15, becomes = 81.28 },
    { trust = 99.90, change = 5, becomes = 99.93 },
    { trust = 50, change = -30, becomes = 10.24 },
    { trust = 50, change = 0, becomes = 50 },
    { trust = 100, change = 9, becomes = 100 },
    { trust = 0, change = -9, becomes = 0 },
  }, function(row)
    it("takes " .. row.trust .. " by " .. row.change .. " to " .. row.becomes, function()
      assert.near(row.becomes, update(row.trust, row.change), 1e-9)
    end)
  end)

  it("refuses a trust outside of 0 to 100", function()
    for _, trust in ipairs { -0.01, 100.01 } do
      assert.refused("invalid_input", function() update(trust, 1) end, "trust")
    end
  end)

  it("starts at neutral for a pair without a record", function()
    assert.near(53.17, decide("trust.update", { change = 1 }).trust, 1e-9)
  end)

  property("moves with the event and stays within 0 to 100", {
    generate.number(0, 100), generate.number(-1000, 1000),
  }, function(trust, change)
    local after = update(trust, change)
    assert.is_true(0 <= after and after <= 100)
    if change > 0 then
      assert.is_true(after >= trust - 0.005)
    else
      assert.is_true(after <= trust + 0.005)
    end
  end)
end)

describe("trust.decay", function()
  each({
    { trust = 50, strength = 0, to = { trust = 50, strength = 0 } },
    { trust = 90, strength = 40, to = { trust = 80, strength = 30 } },
    { trust = 10, strength = 100, to = { trust = 20, strength = 75 } },
    { trust = 99.93, strength = 0.01, to = { trust = 87.45, strength = 0.01 } },
  }, function(row)
    it("draws a trust of " .. row.trust .. " towards neutral", function()
      local after = decide("trust.decay", { trust = row.trust, strength = row.strength })
      assert.near(row.to.trust, after.trust, 1e-9)
      assert.near(row.to.strength, after.strength, 1e-9)
    end)
  end)

  each({
    { field = "trust", trust = -0.01, strength = 0 },
    { field = "trust", trust = 100.01, strength = 0 },
    { field = "strength", trust = 50, strength = -0.01 },
    { field = "strength", trust = 50, strength = 100.01 },
  }, function(row)
    it("refuses " .. row.field .. " " .. row[row.field], function()
      assert.refused("invalid_input", function()
        decide("trust.decay", { trust = row.trust, strength = row.strength })
      end, row.field)
    end)
  end)

  it("decays a trust of nothing and of everything", function()
    assert.near(12.5, decide("trust.decay", { trust = 0, strength = 0 }).trust, 1e-9)
    assert.near(87.5, decide("trust.decay", { trust = 100, strength = 0 }).trust, 1e-9)
  end)

  it("leaves a pair without recorded trust at neutral", function()
    assert.near(50, decide("trust.decay", { strength = 8 }).trust, 1e-9)
  end)
end)
