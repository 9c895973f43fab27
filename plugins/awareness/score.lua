local policy = require "policies.awareness"

local M = {}

---Share of declared components whose telemetry is fresh.
---@param components { name: string, telemetry_age_milliseconds: integer|nil }[]
---@return number 0 to 1; 0 when nothing is declared
function M.coverage(components)
  local fresh = 0
  for _, component in ipairs(components) do
    local age = component.telemetry_age_milliseconds
    if age and age < policy.fresh_milliseconds then
      fresh = fresh + 1
    end
  end
  return #components > 0 and fresh / #components or 0
end

---One series: 1 less the mean absolute scaled error of its one-step forecasts, where the scale is
---the error of "as it was a step before" (Hyndman and Koehler, 2006). A constant series scores 1.
---@param observed number[]
---@param forecast number[] forecast[i] was made for observed[i] before it was seen
---@return number 0 to 1; 0 when there is nothing to compare
function M.foresight(observed, forecast)
  if #observed < 2 or #observed ~= #forecast then
    return 0
  end
  local missed, moved = 0, 0
  for step = 2, #observed do
    missed = missed + math.abs(observed[step] - forecast[step])
    moved = moved + math.abs(observed[step] - observed[step - 1])
  end
  if moved == 0 then
    return 1
  end
  return math.max(0, 1 - missed / moved)
end

---Mean foresight over the series that must be forecast; one that is missing counts 0.
---@param series { name: string, observed: number[], forecast: number[] }[]
---@return number 0 to 1
function M.prediction(series)
  local by_name, total, wanted = {}, 0, 0
  for _, one in ipairs(series) do
    by_name[one.name] = one
  end
  for _, name in ipairs(policy.series) do
    local one = by_name[name]
    total = total + (one and M.foresight(one.observed, one.forecast) or 0)
    wanted = wanted + 1
  end
  return total / wanted
end

---1 less the Brier score of the platform's claims about its health (Brier, 1950).
---@param claims { claimed: number, healthy: boolean }[]
---@return number 0 to 1; 0 when nothing was claimed
function M.calibration(claims)
  local squares = 0
  for _, claim in ipairs(claims) do
    squares = squares + (claim.claimed - (claim.healthy and 1 or 0)) ^ 2
  end
  return #claims > 0 and 1 - squares / #claims or 0
end

---Neighbours of every component that calls or is called.
---@param calls { from: string, to: string }[]
---@return table<string, string[]>
local function neighbours(calls)
  local near = {}
  for _, call in ipairs(calls) do
    near[call.from] = near[call.from] or {}
    near[call.to] = near[call.to] or {}
    table.insert(near[call.from], call.to)
    table.insert(near[call.to], call.from)
  end
  return near
end

---How many components can be reached from one that no earlier walk has seen.
---@param near table<string, string[]>
---@param seen table<string, boolean>
---@param start string
---@return integer
local function walk(near, seen, start)
  local waiting, reached = { start }, 0
  seen[start] = true
  while #waiting > 0 do
    local component = table.remove(waiting)
    reached = reached + 1
    for _, other in ipairs(near[component]) do
      if not seen[other] then
        seen[other] = true
        waiting[#waiting + 1] = other
      end
    end
  end
  return reached
end

---Share of the observed call graph's components that hang together.
---@param calls { from: string, to: string }[]
---@return number 0 to 1; 0 when no call was observed
function M.integration(calls)
  local near, seen, largest, all = neighbours(calls), {}, 0, 0
  for component in pairs(near) do
    all = all + 1
    if not seen[component] then
      largest = math.max(largest, walk(near, seen, component))
    end
  end
  return all > 0 and largest / all or 0
end

---Geometric mean; any zero makes it zero.
---@param parts number[]
---@return number
function M.geometric_mean(parts)
  local product = 1
  for _, part in ipairs(parts) do
    product = product * part
  end
  return product ^ (1 / #parts)
end

---How many thresholds the figure has reached, and the mood of the last.
---@param awareness number
---@return integer band 0 below the first threshold, string|nil mood
function M.mood(awareness)
  local band, mood = 0, nil
  for place, step in ipairs(policy.moods) do
    if awareness >= step.from then
      band, mood = place, step.mood
    end
  end
  return band, mood
end

return M
