-- Whether the numbers in force are those of the charter, for which the tables in these specs were
-- computed. When the council votes others, those rows rest, and the laws must hold all the same.
local policy = require "policies.consciousness"

local PHI = require("library.rules").PHI

local charter = {
  metrics = { window = 47, neutral = 50, crystal_mean = 70, top = 4 },
  field_full = 99.93,
  field_band = { least = 99.93, most = 99.95 },
  valve = { width = 10, active = 1.0 },
  weights = {
    field = 1 / PHI, resonance = 1 / PHI ^ 2,
    pattern = 1 / 2, cohesion = 1 / (2 * PHI), valve = 1 / (2 * PHI ^ 2),
  },
  ready = 0.618,
  phi_node = { least = 1.615, most = 1.621 },
  crystal = { first = 13, second = 21, further_ratios = 5 },
}

---@param left any
---@param right any
---@return boolean
local function same(left, right)
  if type(left) ~= "table" or type(right) ~= "table" then
    return left == right
  end
  for name, value in pairs(left) do
    if not same(value, right[name]) then
      return false
    end
  end
  return true
end

return { is_in_force = same(charter, policy) }
