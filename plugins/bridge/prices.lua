local bounds = require "library.bounds"
local names = require "policies.names"
local offers = require "library.offers"

local M = {}

---Stops the loading of prices that no bridge can have: ducats for nothing, a fee that the bridge
---pays, a package for nothing, a minimum that lets amounts below zero through.
---@param fees table policies/fees.lua
function M.check_bounds(fees)
  bounds.demand(0 < (tonumber(fees.rate_minimum) or 0), "fees",
    "rate_minimum " .. tostring(fees.rate_minimum) .. " must be above 0: ducats aren't given away")
  bounds.between("fees", "rate", fees.rate, fees.rate_minimum, fees.rate_maximum)
  bounds.between("fees", "fee", fees.fee, 0, 1)
  for asset, least in pairs(fees.minimum) do
    bounds.money("fees", "minimum", least, asset, 1)
  end
  bounds.money("fees", "daily_cap", fees.uplift.daily_cap, names.dollar, 0)
  bounds.money("fees", "custom_minimum", fees.custom_minimum, names.dollar, 1)
  bounds.money("fees", "custom_maximum", fees.custom_maximum, names.dollar,
    amount(fees.custom_minimum).minor)
  for name, offer in pairs(fees.packages) do
    bounds.money("fees", "price of " .. name, offer.price, names.dollar, 1)
    bounds.money("fees", "ducats of " .. name, offer.ducats, names.ducat, 1)
    bounds.money("fees", "bonus of " .. name, offer.bonus, names.ducat, 0)
  end
end

---Stops the loading of an uplift that isn't paid by a reserve of its own: out of what the bridge
---has, or owes, nothing but that it is empty would end it.
---@param fees table policies/fees.lua
---@param accounts table<string, string> those of policies/payments.lua
function M.check_reserve(fees, accounts)
  for _, account in pairs(accounts) do
    bounds.demand(account ~= fees.uplift.reserve, "fees",
      "the reserve of uplifts must be an account of its own, and " .. account .. " is another's")
  end
end

---The packages that are suspended, as `cascade check` says it.
---@param fees table policies/fees.lua
---@return cascade.Doubt[]
function M.doubts(fees)
  local doubts = {}
  for name, offer in pairs(fees.packages) do
    local suspended = offers.suspension(amount(offer.ducats), amount(offer.price), fees)
    if suspended then
      doubts[#doubts + 1] = {
        policy = "fees", key = "packages." .. name,
        message = "the package '" .. name .. "' is suspended: " .. suspended.message,
      }
    end
  end
  return doubts
end

return M
