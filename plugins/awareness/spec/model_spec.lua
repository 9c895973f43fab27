-- What the model expects of the next step: the shipped forecasts and claims.
local policy = require "policies.awareness"

local function interval(observed)
  local series = { { name = "requests", observed = observed } }
  return decide("awareness.forecast", { series = series }).series[1]
end

local function claimed(probes, age)
  local component = { name = "venice", probes = probes, telemetry = { age_milliseconds = age } }
  return decide("awareness.claim", { components = { component } }).components[1].claimed
end

describe("awareness.forecast", function()
  it("expects nothing of a series that was never observed", function()
    assert.is_nil(interval({}).low)
    assert.is_nil(interval({}).high)
  end)

  it("expects the only value it knows", function()
    local one = interval { 5 }
    assert.equal(5, one.low)
    assert.equal(5, one.high)
  end)

  it("follows a series that rises steadily", function()
    local rising = {}
    for step = 1, 50 do
      rising[step] = 10 * step
    end
    local one = interval(rising)
    assert.equal(510, one.low)
    assert.equal(510, one.high)
  end)

  it("stays where a series swings that always comes back", function()
    local swinging = {}
    for step = 1, 60 do
      swinging[step] = step % 2
    end
    local one = interval(swinging)
    assert.equal(0, one.low)
    assert.equal(1, one.high)
  end)

  property("never expects less than no width", {
    generate.integer(1, 60), generate.integer(0, 2 ^ 31 - 1),
  }, function(size, seed)
    local observed = {}
    for step = 1, size do
      seed = (seed * 1103515245 + 12345) % 2 ^ 31
      observed[step] = seed % 2000 - 1000
    end
    local one = interval(observed)
    assert.is_true(one.low <= one.high)
  end)
end)

describe("awareness.claim", function()
  it("assumes what the policy does before it has seen a probe", function()
    assert.near(policy.prior.stays, claimed({}, 0), 1e-12)
  end)

  it("is surer of a component the longer it stays healthy", function()
    local healthy, before = {}, claimed({}, 0)
    for probe = 1, 100 do
      healthy[probe] = true
    end
    assert.is_true(claimed(healthy, 0) > before)
    assert.is_true(claimed(healthy, 0) < 1)
  end)

  it("expects a component that failed to fail again, when it did so before", function()
    local probes = { true, true, false, false, false, false, true, true, false, false }
    assert.is_true(claimed(probes, 0) < 0.5)
  end)

  it("takes a silent component for one that failed", function()
    local healthy = { true, true, true, true }
    assert.near(policy.prior.recovers, claimed(healthy, policy.fresh_milliseconds), 1e-12)
    assert.near(policy.prior.recovers, claimed(healthy, nil), 1e-12)
  end)
end)

describe("awareness.objectives", function()
  it("says what the policy promises", function()
    local objectives = require "policies.objectives"
    local answer = decide("awareness.objectives", {})
    assert.equal(objectives.days, answer.days)
    assert.same(objectives.points, answer.points)
    assert.same(objectives.burns, answer.burns)
  end)
end)

describe("a load of three times the usual", function()
  ---A series as the model keeps it: each step stands beside the interval that was forecast for it.
  local function foreseen(load)
    local one = { name = "requests", observed = {}, low = {}, high = {} }
    for step, value in ipairs(load) do
      local expected = interval(one.observed)
      one.low[step], one.high[step] = expected.low or value, expected.high or value
      one.observed[step] = value
    end
    return one
  end

  local function prediction(load)
    return decide("awareness.score", {
      components = {}, series = { foreseen(load) }, claims = {}, calls = {},
    }).prediction
  end

  ---A load that moves between 100 and 120, as many times as that.
  local function load(seed, times)
    local values, state = {}, seed
    for step = 1, 60 do
      state = (state * 1103515245 + 12345) % 2 ^ 31
      values[step] = times * (100 + state // 65536 % 20)
    end
    return values
  end

  for _, seed in ipairs { 7, 1789, 20011 } do
    it("is foreseen as well as the usual one, and no better, from seed " .. seed, function()
      assert.near(prediction(load(seed, 1)), prediction(load(seed, 3)), 1e-9)
    end)
  end
end)
