local function quote(now, input)
  return decide("shipping.quote", input, { now = now })
end

describe("shipping.quote", function()
  each({
    { "italy", 1, "5.70 EUR/2" }, { "italy", 1000, "5.70 EUR/2" }, { "italy", 1001, "6.50 EUR/2" },
    { "europe", 2000, "13.10 EUR/2" }, { "world", 30000, "235.90 EUR/2" },
  }, function(row)
    it("costs " .. row[3] .. " for " .. row[2] .. " g to " .. row[1], function()
      local result = quote("2026-11-26T09:00:00Z", { region = row[1], grams = row[2] })
      assert.equal(amount(row[3]), result.price)
    end)
  end)

  each({
    { "before it closes", "2026-11-26T13:59:00Z", "2026-11-26", "2026-11-30" },
    { "after it closed", "2026-11-26T14:00:00Z", "2026-11-27", "2026-12-01" },
    { "on a Friday night", "2026-11-27T22:30:00Z", "2026-11-30", "2026-12-02" },
    { "over a holiday", "2026-12-24T09:00:00Z", "2026-12-24", "2026-12-29" },
    { "on a holiday", "2027-01-01T09:00:00Z", "2027-01-04", "2027-01-06" },
    { "in summer, an hour earlier", "2026-07-02T13:00:00Z", "2026-07-03", "2026-07-07" },
  }, function(row)
    it("goes and arrives when it is ordered " .. row[1], function()
      local result = quote(row[2], { region = "italy", grams = 500 })
      assert.same({ row[3], row[4] }, { result.ships, result.arrives })
    end)
  end)

  it("takes longer the farther it goes", function()
    local europe = quote("2026-11-26T09:00:00Z", { region = "europe", grams = 1 })
    local world = quote("2026-11-26T09:00:00Z", { region = "world", grams = 1 })
    assert.same({ "2026-12-02", "2026-12-10" }, { europe.arrives, world.arrives })
  end)

  it("is one day on the way as express, for more", function()
    local result = quote("2026-11-26T09:00:00Z", { region = "europe", grams = 1, express = true })
    assert.same(
      { price = amount("20.13 EUR/2"), ships = "2026-11-26", arrives = "2026-11-27" }, result)
  end)

  it("knows no express to the world", function()
    assert.refused("no_express", function()
      quote("2026-11-26T09:00:00Z", { region = "world", grams = 1, express = true })
    end, "nothing goes there any faster")
  end)
end)
