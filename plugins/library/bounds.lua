-- Bounds of the numbers in policies. They are checked when a rulebook loads, so that no decision
-- ever meets a number outside of them.
local M = {}

---Refuses to load the rulebook unless a policy keeps to something.
---@param holds? boolean
---@param policy string its name: "fees"
---@param says string what is wrong, and what would be right
function M.demand(holds, policy, says)
  if not holds then
    error("policies/" .. policy .. ".lua: " .. says, 0)
  end
end

---Demands a number between two others; it may be either of them. NaN is never between.
---@param policy string
---@param name string
---@param value? number|string the policy's; a decimal where it meets money
---@param least number|string
---@param most number|string
function M.between(policy, name, value, least, most)
  local number = tonumber(value)
  M.demand(number and tonumber(least) <= number and number <= tonumber(most), policy,
    name .. " " .. tostring(value) .. " is outside its bounds")
end

---Demands an amount of one asset, and no less than so much of it.
---@param policy string
---@param name string
---@param value string the policy's
---@param asset string
---@param least integer minor units
function M.money(policy, name, value, asset, least)
  local money = amount(value)
  M.demand(money.asset == asset and least <= money.minor, policy,
    name .. " " .. value .. " is outside its bounds")
end

return M
