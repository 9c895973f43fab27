local bounds = require "library.bounds"

local M = {}

---Stops the loading of a policy by which bonus ducats would be sold, what is paid for would no
---longer be held, or an account could owe less than nothing.
---@param policy table policies/payments.lua
function M.check(policy)
  bounds.demand(policy.accounts.bonus_suffix:find("^:[%w_-]+$"), "payments",
    "bonus_suffix must be ':' and a name, so that bonus ducats have an account of their own")
  bounds.demand(policy.intent_seconds < policy.hold_seconds, "payments",
    "hold_seconds must be more than intent_seconds, so that what is paid for is still held")
  for asset, limit in pairs(policy.receivable_limit) do
    bounds.money("payments", "receivable_limit", limit, asset, 0)
  end
end

return M
