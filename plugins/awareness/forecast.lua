local policy = require "policies.awareness"
local sorted = require "sorted"

local M = {}

---What an interval costs when this is what came: its width, and for what fell outside, the distance
---times 2/α (Gneiting and Raftery, 2007). The less, the better.
---@param low number
---@param high number
---@param observed number
---@return number
function M.interval_score(low, high, observed)
  local outside = 1 - (policy.interval.high - policy.interval.low)
  local below, above = math.max(0, low - observed), math.max(0, observed - high)
  return high - low + 2 / outside * (below + above)
end

---The interval between the policy's quantiles of values in order.
---@param values number[] ascending, at least one
---@return number low, number high
function M.plain(values)
  return sorted.quantile(values, policy.interval.low), sorted.quantile(values, policy.interval.high)
end

---The interval of the next value: around the last one, as far as steps went in the past, or where
---the past values lay, whichever would have cost less so far; the latter when both cost the same.
---@param observed number[] by time
---@return number|nil low, number|nil high both nil when nothing was observed
function M.next_interval(observed)
  if #observed == 0 then
    return nil, nil
  end
  local values, steps = { observed[1] }, {}
  ---@type number, number
  local of_values, of_steps = 0, 0
  for place = 2, #observed do
    local last, now = observed[place - 1], observed[place]
    if #steps > 0 then
      local low, high = M.plain(values)
      of_values = of_values + M.interval_score(low, high, now)
      low, high = M.around(last, steps)
      of_steps = of_steps + M.interval_score(low, high, now)
    end
    sorted.insert(values, now)
    sorted.insert(steps, now - last)
  end
  if of_steps < of_values then
    return M.around(observed[#observed], steps)
  end
  return M.plain(values)
end

---The plain interval moved by `start`.
---@param start number
---@param values number[] ascending
---@return number low, number high
function M.around(start, values)
  local low, high = M.plain(values)
  return start + low, start + high
end

return M
