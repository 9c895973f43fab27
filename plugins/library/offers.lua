-- What ducats are worth at the bridge, and what they cost there, whoever offers them.
local decimal = require "library.decimal"
local names = require "policies.names"

local M = {}

---What ducats bring at a rate after the fee, however many are sold at once: rounded once, up,
---so that small offers can't be heaped up until what their roundings hid is worth something.
---Multiplier 1 is what they are worth to the bridge; what a level adds, the reserve gives.
---@param ducats cascade.Amount
---@param fees { rate: string, fee: string }
---@return cascade.Amount
function M.worth(ducats, fees)
  return ducats:convert(
    names.dollar, { fees.rate, decimal.subtract("1", fees.fee) }, {}, "ceil")
end

---Why an offer isn't made at this rate: its ducats would sell for more than it costs.
---@param ducats cascade.Amount those that can be sold
---@param cost cascade.Amount
---@param fees { rate: string, fee: string }
---@return cascade.Refusal|nil
function M.suspension(ducats, cost, fees)
  local worth = M.worth(ducats, fees)
  if worth <= cost then
    return nil
  end
  return {
    code = "offer_suspended",
    message = "its ducats sell for " .. tostring(worth) .. " at a rate of " .. fees.rate
      .. " and cost " .. tostring(cost) .. "; it is offered again when they don't",
  }
end

---The least that ducats cost at a rate: of one's choice at multiplier 1, or in packages that aren't
---suspended. Nobody may be paid more for them by the bridge.
---@param ducats cascade.Amount
---@param fees table policies/fees.lua
---@return cascade.Amount
function M.least_cost(ducats, fees)
  local least = ducats:convert(
    names.dollar, { fees.rate, decimal.add("1", fees.fee) }, {}, "floor")
  for _, offer in pairs(fees.packages) do
    local given, price = amount(offer.ducats), amount(offer.price)
    local cost = ducats:convert(names.dollar, { price.minor }, { given.minor }, "floor")
    if cost < least and not M.suspension(given, price, fees) then
      least = cost
    end
  end
  return least
end

return M
