-- Values kept in order, and the quantiles of what was seen so far.
local M = {}

---Puts a value in its place. O(log n) comparisons and the move.
---@param values number[] ascending; changed
---@param value number
function M.insert(values, value)
  local low, high = 1, #values + 1
  while low < high do
    local middle = (low + high) // 2
    if values[middle] <= value then
      low = middle + 1
    else
      high = middle
    end
  end
  table.insert(values, low, value)
end

---The quantile that lies linearly between its two neighbours (Hyndman and Fan, 1996, type 7).
---@param values number[] ascending, at least one
---@param share number 0 to 1
---@return number
function M.quantile(values, share)
  local place = 1 + (#values - 1) * share
  local below = math.floor(place)
  local low = values[below]
  local high = values[math.min(below + 1, #values)]
  return low + (high - low) * (place - below)
end

return M
