local policy = require "policies.awareness"
local score = require "score"

local function fresh(...)
  local components = {}
  for _, age in ipairs { ... } do
    components[#components + 1] = { name = "part", telemetry_age_milliseconds = age }
  end
  return components
end

---A platform that knows itself perfectly, with some of that replaced.
local function platform(changes)
  local series = {}
  for place, name in ipairs(policy.series) do
    series[place] = { name = name, observed = { 1, 2, 4 }, forecast = { 1, 2, 4 } }
  end
  return {
    components = changes.components or fresh(0, 59999),
    series = changes.series or series,
    claims = changes.claims or { { claimed = 1, healthy = true } },
    calls = changes.calls or { { from = "a", to = "b" }, { from = "b", to = "c" } },
  }
end

local function awareness(changes)
  return decide("awareness.score", platform(changes))
end

describe("awareness.score", function()
  it("is 1 and vibrant when every part is", function()
    local result = awareness {}
    assert.near(1, result.awareness, 1e-12)
    assert.equal("vibrant_awareness", result.mood)
    assert.equal(4, result.band)
  end)

  each({
    { part = "coverage", changes = { components = {} } },
    { part = "prediction", changes = { series = {} } },
    { part = "calibration", changes = { claims = {} } },
    { part = "integration", changes = { calls = {} } },
  }, function(row)
    it("is 0 and without a mood when there is no " .. row.part, function()
      local result = awareness(row.changes)
      assert.equal(0, result[row.part])
      assert.equal(0, result.awareness)
      assert.equal(0, result.band)
      assert.is_nil(result.mood)
    end)
  end)

  it("is the geometric mean of its parts", function()
    local result = awareness {
      components = fresh(0, 60000),
      calls = { { from = "a", to = "b" }, { from = "c", to = "d" } },
    }
    assert.equal(0.5, result.coverage)
    assert.equal(0.5, result.integration)
    assert.near(0.25 ^ 0.25, result.awareness, 1e-12)
  end)

  each({
    { value = 0.2999, band = 0 },
    { value = 0.3, band = 1, mood = "quiet_stirring" },
    { value = 0.4999, band = 1, mood = "quiet_stirring" },
    { value = 0.5, band = 2, mood = "gentle_awakening" },
    { value = 0.7, band = 3, mood = "growing_consciousness" },
    { value = 0.8999, band = 3, mood = "growing_consciousness" },
    { value = 0.9, band = 4, mood = "vibrant_awareness" },
    { value = 1, band = 4, mood = "vibrant_awareness" },
  }, function(row)
    it("puts " .. row.value .. " into band " .. row.band, function()
      local band, mood = score.mood(row.value)
      assert.equal(row.band, band)
      assert.equal(row.mood, mood)
    end)
  end)

  property("falls when a component falls silent", {
    generate.integer(1, 20),
  }, function(size)
    local ages = {}
    for place = 1, size do
      ages[place] = 0
    end
    local before = awareness({ components = fresh(table.unpack(ages)) }).awareness
    ages[1] = 60000
    local after = awareness({ components = fresh(table.unpack(ages)) }).awareness
    assert.is_true(after < before)
  end)
end)

describe("the parts of awareness", function()
  each({
    { observed = { 5, 5, 5 }, forecast = { 5, 9, 9 }, foresight = 1 },
    { observed = { 1, 2, 3 }, forecast = { 0, 1, 2 }, foresight = 0 },
    { observed = { 1, 2, 3 }, forecast = { 0, 2, 2.5 }, foresight = 0.75 },
    { observed = { 1, 2, 3 }, forecast = { 0, 9, 9 }, foresight = 0 },
    { observed = { 1 }, forecast = { 1 }, foresight = 0 },
    { observed = { 1, 2, 3 }, forecast = { 1, 2 }, foresight = 0 },
  }, function(row)
    it("foresee " .. row.foresight .. " of " .. #row.observed .. " steps", function()
      assert.near(row.foresight, score.foresight(row.observed, row.forecast), 1e-12)
    end)
  end)

  it("count a series that is not forecast as nothing", function()
    local one = { { name = "error_rate", observed = { 0, 0 }, forecast = { 0, 0 } } }
    assert.equal(0.25, score.prediction(one))
  end)

  it("take the Brier score from 1", function()
    local claims = { { claimed = 0.9, healthy = true }, { claimed = 0.6, healthy = false } }
    assert.near(1 - (0.01 + 0.36) / 2, score.calibration(claims), 1e-12)
  end)

  it("follow calls in both directions", function()
    local calls = { { from = "b", to = "a" }, { from = "b", to = "c" }, { from = "x", to = "x" } }
    assert.equal(0.75, score.integration(calls))
  end)
end)
