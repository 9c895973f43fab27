local forecast = require "forecast"
local policy = require "policies.awareness"
local sorted = require "sorted"

local M = {}

---Share of declared components whose telemetry is fresh.
---@param components { name: string, telemetry_age_milliseconds: integer|nil }[]
---@return number|nil 0 to 1; nil when nothing is declared
function M.coverage(components)
  local fresh = 0
  for _, component in ipairs(components) do
    local age = component.telemetry_age_milliseconds
    if age and age < policy.fresh_milliseconds then
      fresh = fresh + 1
    end
  end
  if #components > 0 then
    return fresh / #components
  end
  return nil
end

---Whether all values are the same: what never moves says nothing about who predicts it.
---@param values number[]
---@return boolean
local function is_constant(values)
  for _, value in ipairs(values) do
    if value ~= values[1] then
      return false
    end
  end
  return true
end

---One series: how near the share of values inside their intervals comes to the share wanted, times
---how narrow the intervals are beside the plain ones of all earlier values.
---@param series { observed: number[], low: number[], high: number[] }
---@return number|nil 0 to 1; nil when too few steps can be scored, or it never moved
function M.foresight(series)
  local observed, low, high = series.observed, series.low, series.high
  local scored = #observed - policy.steps_before
  if scored < policy.steps_scored or #low ~= #observed or #high ~= #observed
    or is_constant(observed) then
    return nil
  end
  local earlier, hits = {}, 0
  ---@type number, number
  local ours, plain = 0, 0
  for place, value in ipairs(observed) do
    if place > policy.steps_before then
      hits = hits + (low[place] <= value and value <= high[place] and 1 or 0)
      ours = ours + forecast.interval_score(low[place], high[place], value)
      local bottom, top = forecast.plain(earlier)
      plain = plain + forecast.interval_score(bottom, top, value)
    end
    sorted.insert(earlier, value)
  end
  local wanted = policy.interval.high - policy.interval.low
  local sharpness = ours > plain and plain / ours or 1
  return math.max(0, 1 - math.abs(hits / scored - wanted) / wanted) * sharpness
end

---Mean foresight over the series that have one.
---@param all { name: string, observed: number[], low: number[], high: number[] }[]
---@return number|nil mean 0 to 1; nil when none has
---@return table<string, number> by_series
function M.prediction(all)
  local known, by_series = 0, {}
  ---@type number
  local total = 0
  for _, series in ipairs(all) do
    local foresight = M.foresight(series)
    by_series[series.name] = foresight
    if foresight then
      total, known = total + foresight, known + 1
    end
  end
  if known > 0 then
    return total / known, by_series
  end
  return nil, by_series
end

---Neighbours of every component, by the calls between two that are declared.
---@param components { name: string }[]
---@param calls { from: string, to: string }[]
---@return table<string, string[]>
local function neighbours(components, calls)
  local near = {}
  for _, component in ipairs(components) do
    near[component.name] = {}
  end
  for _, call in ipairs(calls) do
    if near[call.from] and near[call.to] then
      table.insert(near[call.from], call.to)
      table.insert(near[call.to], call.from)
    end
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

---Share of the declared components that hang together by observed calls.
---@param components { name: string }[]
---@param calls { from: string, to: string }[]
---@return number|nil 0 to 1; nil when nothing is declared
function M.integration(components, calls)
  if #components == 0 then
    return nil
  end
  local near, seen, largest = neighbours(components, calls), {}, 0
  for _, component in ipairs(components) do
    if not seen[component.name] then
      largest = math.max(largest, walk(near, seen, component.name))
    end
  end
  return largest / #components
end

local PARTS = { "calibration", "coverage", "integration", "prediction" }

---The geometric mean of the known parts, and the names of the unknown ones.
---@param parts table<string, any> numbers by the names of parts, and what else there is
---@return number|nil awareness 0 when a part is 0; nil when fewer than two are known
---@return string[] unknown ascending
function M.awareness(parts)
  local known, unknown = 0, {}
  ---@type number
  local product = 1
  for _, name in ipairs(PARTS) do
    if parts[name] then
      product, known = product * parts[name], known + 1
    else
      unknown[#unknown + 1] = name
    end
  end
  if known < 2 then
    return nil, unknown
  end
  return product ^ (1 / known), unknown
end

---How many thresholds the figure has reached, and the mood of the last.
---@param awareness number|nil
---@return integer band 0 below the first threshold, string|nil mood
function M.mood(awareness)
  local band, mood = 0, nil
  for place, step in ipairs(policy.moods) do
    if awareness and awareness >= step.from then
      band, mood = place, step.mood
    end
  end
  return band, mood
end

return M
