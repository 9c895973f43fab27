local M = {}

---Hands out what flooring has left, one unit at a time from the first.
---@param total cascade.Amount
---@param shares cascade.Amount[] changed in place; their sum is at most the total
---@return cascade.Amount[]
local function hand_out_rest(total, shares)
  local rest = total
  for _, share in ipairs(shares) do
    rest = rest - share
  end
  local one = amount(total.asset, 1)
  for place = 1, rest.minor do
    shares[place] = shares[place] + one
  end
  return shares
end

---Divides by shares that add up to 1.
---@param total cascade.Amount
---@param parts string[] decimals
---@return cascade.Amount[]
function M.by_parts(total, parts)
  local shares = {}
  for place, part in ipairs(parts) do
    shares[place] = total:convert(total.asset, { part }, {}, "floor")
  end
  return hand_out_rest(total, shares)
end

---Divides evenly.
---@param total cascade.Amount
---@param count integer at least 1
---@return cascade.Amount[]
function M.evenly(total, count)
  local shares = {}
  for place = 1, count do
    shares[place] = amount(total.asset, total.minor // count)
  end
  return hand_out_rest(total, shares)
end

return M
