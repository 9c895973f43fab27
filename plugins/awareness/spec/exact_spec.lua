-- Figures that were worked out by hand, or by another program, for the numbers in force.
local calibration = require "calibration"
local claim = require "claim"
local forecast = require "forecast"
local policy = require "policies.awareness"
local score = require "score"
local sorted = require "sorted"

describe("claims that came in any order", function()
  local claims = {
    { claimed = 0.8, healthy = true, n = 6 }, { claimed = 0.2, healthy = false, n = 8 },
    { claimed = 0.8, healthy = false, n = 2 }, { claimed = 0.2, healthy = true },
    { claimed = 0.2, healthy = true }, { claimed = 0.5, healthy = true, n = 0 },
    { claimed = 0.1, healthy = true, n = 0 }, { claimed = 0.8, healthy = true, n = 0 },
  }

  it("become groups in ascending order, without those that never were", function()
    local _, blocks = calibration.of(claims)
    assert.same({
      { low = 0.2, high = 0.2, n = 10, healthy = 2 }, { low = 0.8, high = 0.8, n = 8, healthy = 6 },
    }, blocks)
  end)

  it("have the parts of their score", function()
    local parts = assert((calibration.of(claims)))
    -- Squares 2 * 0.8² + 8 * 0.2² + 6 * 0.2² + 2 * 0.8² = 3.12; recalibrated 1.6 + 1.5 = 3.1.
    assert.near(0.02 / 18, parts.miscalibration, 1e-12)
    assert.near(8 / 18 * 10 / 18, parts.uncertainty, 1e-12)
    assert.near(8 / 18 * 10 / 18 - 3.1 / 18, parts.discrimination, 1e-12)
    assert.near(1 - 3.12 / 18 / (80 / 324), parts.score, 1e-12)
  end)

  it("are pooled as long as a higher claim came true less often", function()
    local _, blocks = calibration.of {
      { claimed = 0.1, healthy = true, n = 1 }, { claimed = 0.1, healthy = false, n = 9 },
      { claimed = 0.3, healthy = true, n = 6 }, { claimed = 0.3, healthy = false, n = 4 },
      { claimed = 0.5, healthy = true, n = 5 }, { claimed = 0.5, healthy = false, n = 5 },
      { claimed = 0.7, healthy = true, n = 1 }, { claimed = 0.7, healthy = false, n = 9 },
      { claimed = 0.9, healthy = true, n = 9 }, { claimed = 0.9, healthy = false, n = 1 },
    }
    assert.same({
      { low = 0.1, high = 0.1, n = 10, healthy = 1 },
      { low = 0.3, high = 0.7, n = 30, healthy = 12 },
      { low = 0.9, high = 0.9, n = 10, healthy = 9 },
    }, blocks)
  end)

  it("are pooled when they came true as often", function()
    local _, blocks = calibration.of {
      { claimed = 0.2, healthy = true, n = 5 }, { claimed = 0.2, healthy = false, n = 5 },
      { claimed = 0.4, healthy = true, n = 6 }, { claimed = 0.4, healthy = false, n = 6 },
    }
    assert.same({ { low = 0.2, high = 0.4, n = 22, healthy = 11 } }, blocks)
  end)

  it("are enough with as many outcomes of each kind as the policy wants", function()
    local function known(healthy, unhealthy)
      return calibration.of {
        { claimed = 0.9, healthy = true, n = healthy },
        { claimed = 0.1, healthy = false, n = unhealthy },
      } ~= nil
    end
    local enough = policy.outcomes
    assert.is_true(known(enough, enough))
    assert.is_false(known(enough - 1, enough))
    assert.is_false(known(enough, enough - 1))
  end)
end)

describe("a claim", function()
  local prior = policy.prior

  it("counts what followed a probe like the last", function()
    assert.near((prior.steps * prior.stays + 1) / (prior.steps + 2),
      claim.health({ true, true, false, true }, 0), 1e-12)
    assert.near((prior.steps * prior.recovers + 1) / (prior.steps + 1),
      claim.health({ true, false, true, false }, 0), 1e-12)
  end)

  it("is of a component that still speaks up to the policy's age", function()
    assert.near(prior.stays, claim.health({ true }, policy.fresh_milliseconds - 1), 1e-12)
    assert.near(prior.recovers, claim.health({ true }, policy.fresh_milliseconds), 1e-12)
  end)
end)

describe("values in order", function()
  it("stay in order, whatever comes", function()
    local values = {}
    for _, value in ipairs { 3, 1, 2, 2, 5, 0, 4 } do
      sorted.insert(values, value)
    end
    assert.same({ 0, 1, 2, 2, 3, 4, 5 }, values)
  end)

  each({
    { share = 0, value = 1 }, { share = 0.25, value = 1.5 }, { share = 0.5, value = 2 },
    { share = 0.75, value = 3 }, { share = 1, value = 4 },
  }, function(row)
    it("have " .. row.value .. " at " .. row.share, function()
      assert.near(row.value, sorted.quantile({ 1, 2, 4 }, row.share), 1e-12)
    end)
  end)
end)

describe("an interval", function()
  it("costs its width, and twenty times what was missed", function()
    assert.near(2, forecast.interval_score(1, 3, 2), 1e-9)
    assert.near(22, forecast.interval_score(1, 3, 0), 1e-9)
    assert.near(42, forecast.interval_score(1, 3, 5), 1e-9)
  end)

  each({
    { observed = { 1, 2, 4, 7 }, low = 8.1, high = 9.9 },
    { observed = { 1, 3, 2, 4, 9 }, low = 8.45, high = 13.55 },
    { observed = { 5, 1, 9, 2, 8 }, low = 1.2, high = 8.8 },
    { observed = { 3, 5 }, low = 3.1, high = 4.9 },
    { observed = { 3, 5, 7 }, low = 9, high = 9 },
    { observed = { 0, 1, 1, 2, 3, 3 }, low = 3, high = 4 },
    { observed = { 0.01, 0.02, 0.04, 0.07 }, low = 0.081, high = 0.099 },
    { observed = { 6, 3, 1, 7 }, low = 1.3, high = 6.85 },
  }, function(row)
    it("behind " .. table.concat(row.observed, ", ") .. " is where it should be", function()
      local low, high = forecast.next_interval(row.observed)
      assert.near(row.low, low, 1e-9)
      assert.near(row.high, high, 1e-9)
    end)
  end)
end)

describe("foresight", function()
  ---A series of steps 1, 2, 1, 2, … with an interval of this width below and above each.
  local function made(steps, below, above)
    local one = { name = "one", observed = {}, low = {}, high = {} }
    for step = 1, steps do
      local value = 1 + step % 2
      one.observed[step], one.low[step], one.high[step] = value, value - below, value + above
    end
    return one
  end

  local steps = policy.steps_before + policy.steps_scored

  it("is known from as many steps as the policy wants", function()
    assert.is_not_nil(score.foresight(made(steps, 0.1, 0.1)))
    assert.is_nil(score.foresight(made(steps - 1, 0.1, 0.1)))
  end)

  it("counts a value on either end of its interval as inside", function()
    local hit = 1 - (1 - 0.9) / 0.9
    assert.near(hit, score.foresight(made(steps, 0, 0.5)), 1e-9)
    assert.near(hit, score.foresight(made(steps, 0.5, 0)), 1e-9)
  end)

  it("is less by as much as intervals are wider than the plain ones", function()
    -- The plain interval is from 1 to 2, and costs 1 at each step.
    local hit = 1 - (1 - 0.9) / 0.9
    assert.near(hit / 4, score.foresight(made(steps, 2, 2)), 1e-9)
  end)

  it("is that of its hits where neither interval costs anything", function()
    -- One value far off, so early that no quantile sees it: the plain interval, too, has no width.
    local count = 4 * steps
    local one = { name = "one", observed = {}, low = {}, high = {} }
    for step = 1, count do
      one.observed[step], one.low[step], one.high[step] = 1, 1, 1
    end
    one.observed[1] = 9
    with_policy("awareness", { steps_before = 2 * steps }, function()
      local result = decide("awareness.score", {
        components = {}, series = { one }, claims = {}, calls = {},
      })
      assert.near(1 - (1 - 0.9) / 0.9, result.prediction, 1e-9)
    end)
  end)

  it("is nothing for intervals that always miss", function()
    assert.near(0, score.foresight(made(steps, -0.5, 1)), 1e-9)
  end)

  it("is the mean of those that are known, and each has its own", function()
    local wide, sure = made(steps, 2, 2), made(steps, 0, 0.5)
    wide.name, sure.name = "wide", "sure"
    local mean, by_series = score.prediction { wide, sure, made(3, 0, 0) }
    assert.near((by_series.wide + by_series.sure) / 2, mean, 1e-12)
    assert.near(by_series.wide, score.foresight(wide), 1e-12)
    assert.near(by_series.sure, score.foresight(sure), 1e-12)
  end)
end)

describe("components", function()
  it("hang together over several calls, and the largest such part counts", function()
    local components = {}
    for place = 1, 7 do
      components[place] = { name = "c" .. place }
    end
    local calls = {
      { from = "c6", to = "c7" }, { from = "c1", to = "c2" }, { from = "c2", to = "c3" },
      { from = "c3", to = "c1" }, { from = "c4", to = "c3" },
    }
    assert.near(4 / 7, score.integration(components, calls), 1e-12)
    assert.near(1 / 7, score.integration(components, {}), 1e-12)
    assert.is_nil(score.integration({}, calls))
  end)

  it("are known when two parts are", function()
    local mean, unknown = score.awareness { coverage = 0.25, integration = 1 }
    assert.near(0.5, mean, 1e-12)
    assert.same({ "calibration", "prediction" }, unknown)
  end)
end)
