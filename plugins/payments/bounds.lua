local bounds = require "library.bounds"
local names = require "policies.names"

local M = {}

---Stops the loading of a policy by which bonus ducats would be sold, what is paid for would no
---longer be held, an account could owe less than nothing, or cents would be charged in something
---else: of a currency without cents, a hundred times as many buy no more than these.
---@param policy table policies/payments.lua
function M.check(policy)
  bounds.demand(policy.accounts.bonus_suffix:find("^:[%w_-]+$"), "payments",
    "bonus_suffix must be ':' and a name, so that bonus ducats have an account of their own")
  local dollar = (names.dollar:match("^%u+") or ""):lower()
  bounds.demand(policy.currency == dollar, "payments",
    "currency must be '" .. dollar .. "', in whose cents the bridge counts")
  bounds.demand(policy.intent_seconds < policy.hold_seconds, "payments",
    "hold_seconds must be more than intent_seconds, so that what is paid for is still held")
  for asset, limit in pairs(policy.receivable_limit) do
    bounds.money("payments", "receivable_limit", limit, asset, 0)
  end
end

return M
