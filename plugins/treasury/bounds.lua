local bounds = require "library.bounds"
local decimal = require "library.decimal"
local names = require "policies.names"

local M = {}

---Stops the loading of numbers that would share out more than there is.
---@param policy table policies/treasury.lua
function M.check(policy)
  local shared = "0"
  for _, entry in ipairs(policy.classes) do
    bounds.between("treasury", "share of " .. entry.class, entry.share, 0, 1)
    shared = decimal.add(shared, entry.share)
  end
  bounds.demand(shared == "1", "treasury", "the shares of the classes must make 1")
  bounds.between("treasury", "daily_share", policy.daily_share, 0, 1)
  for class, pay in pairs(policy.fixed_pay) do
    bounds.money("treasury", "fixed pay of " .. class, pay, names.ducat, 0)
  end
end

return M
