local function check(changes)
  local input = {
    applicant = "Ada", born = "2000-02-29", resident_since = "2020-06-01", tie = "other",
    income = "30000.00 EUR/2", consents = { statutes = true, privacy = true },
  }
  for name, value in pairs(changes or {}) do
    input[name] = value
  end
  return decide("membership.check", input, { now = "2026-11-29T10:00:00Z" })
end

local function codes(changes)
  local list = {}
  for place, reason in ipairs(check(changes).reasons) do list[place] = reason.code end
  return list
end

describe("membership.check", function()
  it("takes whom nothing keeps out", function()
    assert.same({ eligible = true, contribution = amount("450.00 EUR/2"), reasons = {} }, (check()))
  end)

  it("counts completed years of age", function()
    assert.same({}, codes { born = "2008-11-29" })
    local result = check { born = "2008-11-30" }
    assert.same({ { code = "too_young", text = "members are at least 18" } }, result.reasons)
    assert.is_false(result.eligible)
  end)

  each({
    { "other", "2023-11-29", {} }, { "other", "2023-11-30", { "too_new" } },
    { "working", "2025-11-29", {} }, { "working", "2025-11-30", { "too_new" } },
    { "born", "2026-11-29", {} },
  }, function(row)
    it("asks " .. row[1] .. " for residence, here since " .. row[2], function()
      assert.same(row[3], codes { tie = row[1], resident_since = row[2] })
    end)
  end)

  it("says how long somebody must live here, and what must be agreed to", function()
    local result = check { resident_since = "2026-01-01", consents = { privacy = true } }
    assert.same({
      { code = "too_new", text = "residence of 3 years is needed" },
      { code = "no_consent", text = "the statutes must be agreed to" },
    }, result.reasons)
    assert.same({ "no_consent", "no_consent" }, codes { consents = {} })
  end)

  it("asks for a share of the income, rounded once, and for the least one", function()
    assert.equal(amount("25.00 EUR/2"), check({ income = "0.00 EUR/2" }).contribution)
    assert.equal(amount("25.01 EUR/2"), check({ income = "1667.00 EUR/2" }).contribution)
  end)

  it("refuses who isn't born yet", function()
    assert.equal(false, check({ born = "2026-11-29" }).eligible)
    assert.refused("not_born_yet", function()
      check { born = "2026-11-30" }
    end, "the date of birth lies ahead")
  end)
end)
