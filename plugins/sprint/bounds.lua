local bounds = require "library.bounds"
local names = require "policies.names"

local M = {}

---Stops the loading of envelopes that can't be told apart, and of budgets below zero.
---@param policy table policies/sprint.lua
function M.check(policy)
  local known = { [policy.funding] = true }
  for _, envelope in ipairs(policy.envelopes) do
    bounds.demand(not known[envelope.name], "sprint",
      "an envelope can't be named '" .. envelope.name .. "': another account has that name")
    known[envelope.name] = true
    bounds.money("sprint", "budget of " .. envelope.name, envelope.budget, names.ducat, 0)
  end
  bounds.demand(1 <= policy.weeks, "sprint", "weeks " .. policy.weeks .. " is outside its bounds")
end

return M
