local policy = require "policies.awareness"

local M = {}

---@class awareness.Group claims that were equal, or that pooling made one
---@field low number the lowest claim of it
---@field high number the highest claim of it
---@field n integer how many claims
---@field healthy integer how many came true

---@class awareness.Parts
---@field miscalibration number
---@field discrimination number
---@field uncertainty number
---@field score number 0 to 1

---Equal claims together, in ascending order.
---@param claims { claimed: number, healthy: boolean, n: integer|nil }[]
---@return awareness.Group[]
local function pooled(claims)
  local by_claim, groups = {}, {}
  for _, claim in ipairs(claims) do
    local n = claim.n or 1
    local group = by_claim[claim.claimed]
    if n > 0 and not group then
      group = { low = claim.claimed, high = claim.claimed, n = 0, healthy = 0 }
      by_claim[claim.claimed] = group
      groups[#groups + 1] = group
    end
    if n > 0 then
      group.n = group.n + n
      group.healthy = group.healthy + (claim.healthy and n or 0)
    end
  end
  table.sort(groups, function(one, other)
    return one.low < other.low
  end)
  return groups
end

---Isotonic regression by pooling adjacent violators: neighbours become one group until the share
---that came true rises from group to group (Ayer and others, 1955).
---@param groups awareness.Group[] ascending by claim
---@return awareness.Group[]
local function isotonic(groups)
  local blocks = {}
  for _, group in ipairs(groups) do
    local block = { low = group.low, high = group.high, n = group.n, healthy = group.healthy }
    local before = blocks[#blocks]
    while before and before.healthy * block.n >= block.healthy * before.n do
      block.low, block.n = before.low, block.n + before.n
      block.healthy = block.healthy + before.healthy
      blocks[#blocks] = nil
      before = blocks[#blocks]
    end
    blocks[#blocks + 1] = block
  end
  return blocks
end

---How far claims can be trusted: the Brier score's skill over always claiming the usual, and the
---parts of that score (Dimitriadis, Gneiting and Jordan, 2021).
---@param claims { claimed: number, healthy: boolean, n: integer|nil }[]
---@return awareness.Parts|nil parts nil while too few outcomes of either kind were seen
---@return awareness.Group[] blocks what the claims of each range came to
function M.of(claims)
  local groups = pooled(claims)
  local blocks = isotonic(groups)
  local n, healthy = 0, 0
  ---@type number, number
  local squares, recalibrated = 0, 0
  for _, group in ipairs(groups) do
    n, healthy = n + group.n, healthy + group.healthy
    squares = squares + group.healthy * (1 - group.low) ^ 2
      + (group.n - group.healthy) * group.low ^ 2
  end
  if healthy < policy.outcomes or n - healthy < policy.outcomes then
    return nil, blocks
  end
  for _, block in ipairs(blocks) do
    recalibrated = recalibrated + block.healthy * (block.n - block.healthy) / block.n
  end
  local usual = healthy / n
  local uncertainty = usual * (1 - usual)
  local brier, best = squares / n, recalibrated / n
  return {
    miscalibration = brier - best,
    discrimination = uncertainty - best,
    uncertainty = uncertainty,
    score = math.min(1, math.max(0, 1 - brier / uncertainty)),
  }, blocks
end

return M
