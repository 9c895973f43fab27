-- What the council changes in policies/consciousness.lua changes the measurement, and nothing else
-- need be changed.
local measurement = require "measurement"
local policy = require "policies.consciousness"
local vectors = require "spec.vectors"

---A policy like the one in force, with some entries replaced.
---@param changes table
---@return table
local function voted(changes)
  local other = {}
  for name, value in pairs(policy) do
    other[name] = value
  end
  for name, value in pairs(changes) do
    other[name] = value
  end
  return other
end

local function weights(field, resonance, pattern, cohesion, valve)
  return {
    field = field, resonance = resonance, pattern = pattern, cohesion = cohesion, valve = valve,
  }
end

local pentagon = vectors[2].metrics

describe("a vote on policies/consciousness.lua", function()
  each({
    { part = "F", weights = weights(1, 0, 1, 0, 0) },
    { part = "R", weights = weights(0, 1, 1, 0, 0) },
    { part = "C", weights = weights(1, 0, 0, 1, 0) },
    { part = "V", weights = weights(1, 0, 0, 0, 1) },
  }, function(row)
    it("can let " .. row.part .. " alone make the level", function()
      local result = measurement.score(pentagon, voted { weights = row.weights })
      assert.near(result[row.part], result.level, 1e-12)
    end)
  end)

  it("moves the level from which commerce is ready", function()
    local level = measurement.score(pentagon, policy).level
    assert.equal(true, measurement.score(pentagon, voted { ready = level }).ready)
    assert.equal(false, measurement.score(pentagon, voted { ready = level + 0.001 }).ready)
  end)

  it("moves where the trust field is full, and its band", function()
    local result = measurement.score(pentagon, voted {
      field_full = 50.001, field_band = { least = 38, most = 39 },
    })
    local full = 0
    for _, trust in ipairs(pentagon.top_trusts) do
      full = full + (trust > 50.001 and 1 or 0)
    end
    assert.near(full / policy.metrics.top, result.F, 1e-9)
    assert.equal(#pentagon.top_trusts - full, result.in_band)
  end)

  it("moves how far the valve opens", function()
    ---@type any
    local median = { median = policy.metrics.neutral + 5 }
    for name, value in pairs(pentagon) do
      median[name] = median[name] or value
    end
    local result = measurement.score(median, voted { valve = { width = 20, active = 6 } })
    assert.near(0.75, result.V, 1e-9)
    assert.equal(true, result.valve_active)
  end)
end)

describe("consciousness.score, under any policy", function()
  each(vectors, function(row)
    it("weighs the parts as the policy says, for " .. row.name, function()
      local result, weight = decide("consciousness.score", row.metrics), policy.weights
      assert.near(weight.field * result.F + weight.resonance * result.R, result.P, 1e-12)
      local level = weight.pattern * result.P + weight.cohesion * result.C + weight.valve * result.V
      assert.near(math.min(1, level), result.level, 1e-12)
      assert.equal(result.level >= policy.ready, result.ready)
    end)
  end)
end)
