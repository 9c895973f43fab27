local measurement = require "measurement"
local policy = require "policies.consciousness"
local vectors = require "spec.vectors"
local charter = require "spec.charter"

local PHI = require("library.rules").PHI

-- Rows that were computed for the charter's numbers rest while others are in force.
local charter_it = charter.is_in_force and it or function(name)
  pending(name, "computed for the charter's numbers")
end

---A lone citizen's metrics with some of them replaced.
local function metrics(changes)
  local given = {
    window = 1, degree = 0, edges = 0, triangles = 0, crystallised = 0,
    triangle_strength_sum = 0, top_trusts = {}, trusts = {}, edges_total = 0,
  }
  for name, value in pairs(changes) do
    given[name] = value
  end
  return given
end

local function score(changes)
  return decide("consciousness.score", metrics(changes))
end

describe("consciousness.score", function()
  each(vectors, function(row)
    charter_it("scores " .. row.name, function()
      local result = decide("consciousness.score", row.metrics)
      assert.near(row.F, result.F, 5e-5)
      assert.near(row.R, result.R, 5e-5)
      assert.near(row.P, result.P, 5e-7)
      assert.near(row.C, result.C, 5e-7)
      assert.near(row.V, result.V, 5e-4)
      assert.near(row.level, result.level, 5e-7)
      assert.equal(row.ready, result.ready)
      assert.equal(row.in_band, result.in_band)
      assert.equal(row.valve_active or false, result.valve_active)
      assert.equal(row.metrics.triangles, result.triangles)
      assert.equal(row.metrics.crystallised, result.crystallised)
      assert.equal(row.metrics.median, result.median)
      assert.equal(row.metrics.window, result.window)
      if row.rho then
        assert.near(row.rho, result.rho, 5e-7)
      else
        assert.is_nil(result.rho)
      end
    end)
  end)

  charter_it("gives a perfect clique with an open valve exactly 1/phi", function()
    assert.near(1 / PHI, decide("consciousness.score", vectors[6].metrics).level, 1e-12)
  end)

  it("spreads the strength of one triangle over the pairs of two neighbours", function()
    assert.equal(0.5, score({ degree = 2, triangle_strength_sum = 0.5 }).C)
    assert.equal(0, score({ degree = 1, triangle_strength_sum = 0.5 }).C)
  end)

  it("splits off a rest of less than one", function()
    assert.near(1.5, score({ trusts = { 0.75, 0.5 } }).phi_ratio, 1e-12)
  end)

  it("takes both ends of the band for a phi node, and a level of 1 at most", function()
    local function with(band, pattern)
      local weights = { field = 1, resonance = 1, pattern = pattern, cohesion = 0, valve = 0 }
      local changed = { phi_node = band, weights = weights }
      for name, value in pairs(policy) do
        changed[name] = changed[name] or value
      end
      return measurement.score(metrics {
        trusts = { 99.93, 49.965 }, top_trusts = { 99.93, 99.93, 99.93, 99.93 },
      }, changed)
    end
    assert.is_true(with({ least = 2, most = 3 }, 1).phi_node)
    assert.is_true(with({ least = 1, most = 2 }, 1).phi_node)
    assert.is_false(with({ least = 1, most = 1.9 }, 1).phi_node)
    assert.equal(1, with({ least = 1, most = 2 }, 1.5).level)
  end)

  it("has no pattern below nothing, whatever the weights", function()
    with_policy("consciousness", { weights = { field = -1 } }, function()
      assert.refused("invalid_output", function()
        score { top_trusts = { 99.93, 99.93 } }
      end, "'P'")
    end)
  end)

  it("takes a snapshot's own word along", function()
    assert.equal(0, score({ snapshot = { taken = 5 } }).level)
  end)

  each({
    { field = "window", value = -1 }, { field = "degree", value = -1 },
    { field = "triangle_strength_sum", value = -0.1 },
    { field = "top_trusts", value = { -0.1 } }, { field = "trusts", value = { 100.1 } },
    { field = "median", value = -0.1 }, { field = "median", value = 100.1 },
  }, function(row)
    it("refuses a " .. row.field .. " that can't be", function()
      assert.refused("invalid_input", function()
        score { [row.field] = row.value }
      end, row.field)
    end)
  end)

  it("takes a median of nothing and of everything", function()
    assert.equal(0, score({ median = 0 }).V)
    assert.equal(0, score({ median = 100 }).V)
  end)

  it("gives a lone citizen nothing", function()
    local result = score {}
    for _, part in ipairs { "F", "R", "P", "C", "V", "level" } do
      assert.equal(0, result[part])
    end
    assert.is_nil(result.rho)
    assert.equal(false, result.valve_active)
    assert.equal(1, result.window)
  end)

  each({
    { median = 50, V = 1, active = true },
    { median = 50.99, V = 0.901, active = true },
    { median = 51, V = 0.9, active = false },
    { median = 49, V = 0.9, active = false },
    { median = 40, V = 0, active = false },
    { median = 100, V = 0, active = false },
  }, function(row)
    charter_it("sets the valve for a median of " .. row.median, function()
      local result = score { median = row.median, edges_total = 1 }
      assert.near(row.V, result.V, 1e-9)
      assert.equal(row.active, result.valve_active)
    end)
  end)

  each({
    { trusts = { 99.93 }, F = 0.25, in_band = 1 },
    { trusts = { 99.95, 99.951 }, F = 0.5, in_band = 1 },
    { trusts = { 100, 99.92, 40 }, F = (1 + 49.92 / 49.93) / 4, in_band = 0 },
  }, function(row)
    charter_it("counts a missing or distrusted neighbour as nothing, of " .. #row.trusts, function()
      local result = score { degree = #row.trusts, top_trusts = row.trusts, trusts = row.trusts }
      assert.near(row.F, result.F, 1e-9)
      assert.equal(row.in_band, result.in_band)
    end)
  end)

  each({
    { trusts = { 100 }, is = false },
    { trusts = { 100, 0 }, is = false },
    { trusts = { 89, 55 }, ratio = 89 / 55, is = true },
    { trusts = { 32.31, 20 }, ratio = 1.6155, is = true },
    { trusts = { 32.43, 20 }, ratio = 1.6215, is = false },
    { trusts = { 32, 20 }, ratio = 1.6, is = false },
    { trusts = { 50, 39, 30, 25 }, ratio = 89 / 55, is = true },
    { trusts = { 50, 50 }, ratio = 1, is = false },
  }, function(row)
    charter_it("looks for the golden split of " .. #row.trusts .. " trusts", function()
      local result = score { trusts = row.trusts }
      assert.equal(row.is, result.phi_node)
      if row.ratio then
        assert.near(row.ratio, result.phi_ratio, 1e-12)
      else
        assert.is_nil(result.phi_ratio)
      end
    end)
  end)

  charter_it("predicts one crystal ratio, and more as the level rises", function()
    assert.same({ 21 / 13 }, score({}).predicted_crystal_ratios)
    local high = decide("consciousness.score", vectors[5].metrics).predicted_crystal_ratios
    assert.same({ 21 / 13, 34 / 21, 55 / 34, 89 / 55, 144 / 89 }, high)
  end)

  property("keeps the level in 0 to 1", {
    generate.number(0, 100), generate.number(0, 100), generate.number(0, 100),
  }, function(trust, diagonal, median)
    local result = score {
      window = 5, degree = 4, triangles = 6, triangle_strength_sum = 6 * trust / 100,
      top_trusts = { trust, trust, trust, trust }, trusts = { trust, trust, trust, trust },
      pentagon = {
        sides = { trust, trust, trust, trust, trust },
        diagonals = { diagonal, diagonal, diagonal, diagonal, diagonal },
      },
      median = median, edges_total = 10,
    }
    assert.is_true(0 <= result.level and result.level <= 1)
    for _, ratio in ipairs(charter.is_in_force and result.predicted_crystal_ratios or {}) do
      assert.is_true(1.615 <= ratio and ratio <= 1.621)
    end
  end)
end)
