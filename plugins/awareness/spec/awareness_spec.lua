local policy = require "policies.awareness"
local score = require "score"

local function fresh(...)
  local components = {}
  for place, age in ipairs { ... } do
    components[place] = { name = "part" .. place, telemetry_age_milliseconds = age }
  end
  return components
end

---A series that moves up and down, and an interval around it that misses every tenth value.
local function series(name, width)
  local one = { name = name, observed = {}, low = {}, high = {} }
  for step = 1, 60 do
    local value = step % 7
    one.observed[step] = value
    local miss = step % 10 == 0 and 10 * width or 0
    one.low[step], one.high[step] = value - width + miss, value + width + miss
  end
  return one
end

---A platform whose claims come true and whose parts call each other, with some of that replaced.
local function platform(changes)
  return {
    components = changes.components or fresh(0, 59999),
    series = changes.series or { series("requests", 0.01) },
    claims = changes.claims or {
      { claimed = 1, healthy = true, n = 40 }, { claimed = 0, healthy = false, n = 10 },
    },
    calls = changes.calls or { { from = "part1", to = "part2" } },
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
    assert.equal(0, #result.unknown)
    assert.equal(result.calibration, result.calibration_parts.score)
  end)

  it("knows nothing when it is given nothing", function()
    local result = awareness { components = {}, series = {}, claims = {}, calls = {} }
    assert.is_nil(result.awareness)
    assert.is_nil(result.mood)
    assert.equal(0, result.band)
    assert.same({ "calibration", "coverage", "integration", "prediction" }, result.unknown)
  end)

  it("is the geometric mean of its known parts", function()
    local result = awareness { components = fresh(0, 60000), claims = {}, calls = {} }
    assert.equal(0.5, result.coverage)
    assert.equal(0.5, result.integration)
    assert.same({ "calibration" }, result.unknown)
    assert.near((0.25 * result.prediction) ^ (1 / 3), result.awareness, 1e-12)
  end)

  it("is unknown while only one part is known", function()
    assert.is_nil((score.awareness { coverage = 1 }))
    assert.equal(0, (score.awareness { coverage = 1, calibration = 0 }))
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

describe("coverage", function()
  it("counts telemetry that is younger than the policy says", function()
    assert.equal(0.5, score.coverage(fresh(59999, 60000)))
  end)

  it("does not count a component that never reported", function()
    assert.equal(0, score.coverage { { name = "cache" } })
  end)
end)

describe("prediction", function()
  it("does not know a service that is dead", function()
    local dead = { name = "requests", observed = {}, low = {}, high = {} }
    for step = 1, 80 do
      dead.observed[step], dead.low[step], dead.high[step] = 0, 0, 0
    end
    local result = awareness { series = { dead } }
    assert.is_nil(result.prediction)
    assert.same({ "prediction" }, result.unknown)
  end)

  it("does not know a series before enough steps can be scored", function()
    local young = series("requests", 1)
    for place = #young.observed, 40, -1 do
      young.observed[place], young.low[place], young.high[place] = nil, nil, nil
    end
    assert.is_nil(score.foresight(young))
  end)

  it("gives little to an interval that is too wide", function()
    assert.is_true(score.foresight(series("requests", 1000)) < 0.01)
  end)

  it("gives less to an interval that never misses than to one that misses one of ten", function()
    local sure = series("requests", 0.01)
    for place, value in ipairs(sure.observed) do
      sure.low[place], sure.high[place] = value, value
    end
    assert.near(1 - 0.1 / 0.9, score.foresight(sure), 1e-12)
  end)

  it("does not know a series whose intervals are not one for each step", function()
    local odd = series("requests", 1)
    odd.low[#odd.low] = nil
    assert.is_nil(score.foresight(odd))
  end)
end)

describe("calibration", function()
  it("is 0 for a host that always claims the same", function()
    local always = {
      { claimed = 1, healthy = true, n = 990 }, { claimed = 1, healthy = false, n = 10 },
    }
    local result = awareness { claims = always }
    assert.equal(0, result.calibration)
    assert.equal(0, result.awareness)
  end)

  each({
    { healthy = 4, unhealthy = 400 },
    { healthy = 400, unhealthy = 4 },
  }, function(row)
    it("is unknown with " .. row.healthy .. " healthy of " .. row.unhealthy, function()
      local result = awareness {
        claims = {
          { claimed = 0.5, healthy = true, n = row.healthy },
          { claimed = 0.5, healthy = false, n = row.unhealthy },
        },
      }
      assert.is_nil(result.calibration)
      assert.is_nil(result.calibration_parts)
    end)
  end)

  property("is the same for claims that are counted and that are listed", {
    generate.integer(5, 20), generate.integer(5, 20), generate.number(0, 1),
  }, function(healthy, unhealthy, claimed)
    local listed = {}
    for _ = 1, healthy do
      listed[#listed + 1] = { claimed = claimed, healthy = true }
    end
    for _ = 1, unhealthy do
      listed[#listed + 1] = { claimed = 1 - claimed, healthy = false }
    end
    local counted = {
      { claimed = claimed, healthy = true, n = healthy },
      { claimed = 1 - claimed, healthy = false, n = unhealthy },
    }
    local expected = awareness({ claims = listed }).calibration
    assert.near(expected, awareness({ claims = counted }).calibration, 1e-12)
  end)

  it("says what the claims of each range came to", function()
    local result = awareness {
      claims = {
        { claimed = 0.2, healthy = true, n = 6 }, { claimed = 0.4, healthy = false, n = 6 },
        { claimed = 0.9, healthy = true, n = 3 },
      },
    }
    assert.same({
      { low = 0.2, high = 0.4, n = 12, healthy = 6 }, { low = 0.9, high = 0.9, n = 3, healthy = 3 },
    }, result.reliability)
  end)
end)

describe("integration", function()
  it("counts the components that hang together, in both directions", function()
    local components = fresh(0, 0, 0, 0)
    local calls = { { from = "part2", to = "part1" }, { from = "part2", to = "part3" } }
    assert.equal(0.75, score.integration(components, calls))
  end)

  it("leaves out calls of what nobody declared", function()
    local calls = { { from = "part1", to = "stranger" }, { from = "stranger", to = "part2" } }
    assert.equal(0.5, score.integration(fresh(0, 0), calls))
  end)
end)

describe("awareness.declare", function()
  it("calls only components that are declared", function()
    local declared, names = decide("awareness.declare", {}).components, {}
    assert.equal(#policy.components, #declared)
    for _, component in ipairs(declared) do
      names[component.name] = true
    end
    for _, component in ipairs(declared) do
      for _, name in ipairs(component.calls) do
        assert.is_true(names[name], name)
      end
    end
  end)
end)
