local PHI = require("library.rules").PHI

local M = {}

---@param values number[]
---@return number
local function sum(values)
  ---@type number
  local total = 0
  for _, value in ipairs(values) do
    total = total + value
  end
  return total
end

---How saturated the trust of the most trusted neighbours is; a missing neighbour counts 0.
---@param top_trusts number[]
---@param policy table
---@return number field 0 to 1
local function trust_field(top_trusts, policy)
  local neutral, wanted = policy.metrics.neutral, policy.metrics.top
  ---@type number
  local total = 0
  for place = 1, math.min(#top_trusts, wanted) do
    local share = (top_trusts[place] - neutral) / (policy.field_full - neutral)
    total = total + math.max(0, math.min(1, share))
  end
  return total / wanted
end

---How many of the most trusted neighbours lie in the band around saturation.
---@param top_trusts number[]
---@param policy table
---@return integer
local function in_band(top_trusts, policy)
  local band, count = policy.field_band, 0
  for place = 1, math.min(#top_trusts, policy.metrics.top) do
    local trust = top_trusts[place]
    if band.least <= trust and trust <= band.most then
      count = count + 1
    end
  end
  return count
end

---Mean distance of pairs: 2 at no trust, 1 at full trust.
---@param trusts number[]
---@return number
local function mean_distance(trusts)
  return 2 - sum(trusts) / #trusts / 100
end

---Diagonals over sides of the pentagon, and how near that is to phi.
---@param pentagon { sides: number[], diagonals: number[] }|nil
---@return number|nil rho
---@return number resonance 0 to 1
local function pentagon_ratio(pentagon)
  if pentagon == nil then
    return nil, 0
  end
  local rho = mean_distance(pentagon.diagonals) / mean_distance(pentagon.sides)
  return rho, math.max(0, 1 - math.abs(rho - PHI) / (PHI - 1))
end

---Mean strength over all triangles that the citizen's neighbours could form.
---@param strength_sum number
---@param degree integer
---@return number
local function clustering(strength_sum, degree)
  if degree < 2 then
    return 0
  end
  return 2 * strength_sum / (degree * (degree - 1))
end

---How closed the valve is, and whether it acts: both by the median's distance from neutral.
---@param median number|nil nil when nobody is related
---@param policy table
---@return number valve 0 to 1
---@return boolean active
local function valve(median, policy)
  if median == nil then
    return 0, false
  end
  local deviation = math.abs(median - policy.metrics.neutral)
  return math.max(0, 1 - deviation / policy.valve.width), deviation < policy.valve.active
end

---The split of descending trusts into a prefix and a rest whose ratio is nearest to phi.
---@param trusts number[]
---@return number|nil ratio nil when there is no split with a positive rest
local function phi_ratio(trusts)
  local total, best = sum(trusts), nil
  ---@type number
  local prefix = 0
  for place = 1, #trusts - 1 do
    prefix = prefix + trusts[place]
    local rest = total - prefix
    if rest > 0 and (best == nil or math.abs(prefix / rest - PHI) < math.abs(best - PHI)) then
      best = prefix / rest
    end
  end
  return best
end

---Ratios of neighbours in the Fibonacci sequence: one, and more as the level rises.
---@param level number
---@param crystal { first: integer, second: integer, further_ratios: integer }
---@return number[]
local function crystal_ratios(level, crystal)
  local low, high, ratios = crystal.first, crystal.second, {}
  for _ = 0, math.floor(crystal.further_ratios * level) do
    ratios[#ratios + 1] = high / low
    low, high = high, low + high
  end
  return ratios
end

---@param ratio number|nil
---@param band { least: number, most: number }
---@return boolean
local function is_phi_node(ratio, band)
  return ratio ~= nil and band.least <= ratio and ratio <= band.most
end

---Everything that follows from a citizen's metrics under a policy.
---@param metrics cascade.GraphMetrics|cascade.consciousness.score.Input
---@param policy table `policies.consciousness`, or one that the council thinks about
---@return any measurement fits `M.output`
function M.score(metrics, policy)
  local weights = policy.weights
  local field = trust_field(metrics.top_trusts, policy)
  local rho, resonance = pentagon_ratio(metrics.pentagon)
  local pattern = weights.field * field + weights.resonance * resonance
  local cohesion = clustering(metrics.triangle_strength_sum, metrics.degree)
  local closed, active = valve(metrics.median, policy)
  local level = weights.pattern * pattern + weights.cohesion * cohesion + weights.valve * closed
  level = math.min(1, level) -- a sum of floats may pass 1 by a last bit
  local ratio = phi_ratio(metrics.trusts)
  return {
    F = field, rho = rho, R = resonance, P = pattern, C = cohesion, V = closed,
    level = level, ready = level >= policy.ready,
    triangles = metrics.triangles, crystallised = metrics.crystallised,
    median = metrics.median, window = metrics.window,
    in_band = in_band(metrics.top_trusts, policy), valve_active = active,
    phi_ratio = ratio, phi_node = is_phi_node(ratio, policy.phi_node),
    predicted_crystal_ratios = crystal_ratios(level, policy.crystal),
  }
end

local trust = { type = "number", min = 0, max = 100 }
local count = { type = "integer", min = 0 }
local share = { type = "number", min = 0, max = 1 }

---The metrics that a snapshot gives for one citizen.
M.input = {
  window = count,
  degree = count,
  edges = count,
  triangles = count,
  triangle_strength_sum = { type = "number", min = 0 },
  crystallised = count,
  top_trusts = { list = trust, description = "Descending, of the most trusted neighbours." },
  trusts = { list = trust, description = "All incident trusts, descending." },
  pentagon = {
    record = { sides = { list = trust }, diagonals = { list = trust } },
    optional = true,
  },
  median = { type = "number", min = 0, max = 100, optional = true },
  edges_total = count,
  snapshot = { type = "any", optional = true },
}

---A measurement: the letters are those of the charter's formulas.
M.output = {
  F = share, R = share, P = { type = "number", min = 0 }, V = share,
  C = { type = "number", min = 0 },
  rho = { type = "number", optional = true },
  level = share,
  ready = { type = "boolean", description = "Whether the level is enough for commerce." },
  triangles = count,
  crystallised = count,
  median = { type = "number", optional = true },
  window = count,
  in_band = count,
  valve_active = "boolean",
  phi_ratio = { type = "number", optional = true },
  phi_node = "boolean",
  predicted_crystal_ratios = { list = "number" },
}

return M
