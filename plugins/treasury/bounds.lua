local bounds = require "library.bounds"
local names = require "policies.names"
local rules = require "library.rules"

local M = {}

---Stops the loading of numbers that would share out more than there is.
---@param policy table policies/treasury.lua
function M.check(policy)
  local whole, shared = amount(names.ducat, 1000000000000), rules.nothing(names.ducat)
  for _, entry in ipairs(policy.classes) do
    bounds.between("treasury", "share of " .. entry.class, entry.share, 0, 1)
    shared = shared + whole:convert(names.ducat, { entry.share }, {}, "ceil")
  end
  bounds.demand(shared == whole, "treasury", "the shares of the classes must make 1")
  bounds.between("treasury", "daily_share", policy.daily_share, 0, 1)
  for class, pay in pairs(policy.fixed_pay) do
    bounds.money("treasury", "fixed pay of " .. class, pay, names.ducat, 0)
  end
end

return M
