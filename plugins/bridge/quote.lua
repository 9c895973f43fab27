local fees = require "policies.fees"
local names = require "policies.names"
local rules = require "library.rules"

local M = {}

---The multiplier of a sale that gets no uplift.
M.PLAIN = "1.000000"

---The multiplier of a level: phi to its power, quantised to six decimals, half-even. `%.6f` rounds
---the exact binary value, so only a true tie is a tie, and it goes to the even neighbour.
---@param level number 0 to 1
---@return string decimal
function M.multiplier(level)
  return string.format("%.6f", rules.PHI ^ level)
end

---A quote whose fee is taken out of the gross.
---@param gross cascade.Amount
---@return { gross: cascade.Amount, fee: cascade.Amount, net: cascade.Amount }
function M.after_fee(gross)
  local fee = gross:convert(gross.asset, { fees.fee }, {}, "ceil")
  return { gross = gross, fee = fee, net = gross - fee }
end

---Dollars for ducats.
---@param ducats cascade.Amount
---@param rate string
---@param multiplier string
function M.sell(ducats, rate, multiplier)
  return M.after_fee(ducats:convert(names.dollar, { rate, multiplier }, {}, "floor"))
end

---Ducats for dollars.
---@param dollars cascade.Amount
---@param rate string
---@param multiplier string
function M.buy(dollars, rate, multiplier)
  return M.after_fee(dollars:convert(names.ducat, {}, { rate, multiplier }, "floor"))
end

---Exactly the ducats that are wanted; the fee comes on top of the price.
---@param ducats cascade.Amount
---@param rate string
---@param multiplier string
function M.purchase(ducats, rate, multiplier)
  local base = ducats:convert(names.dollar, { rate, multiplier }, {}, "ceil")
  local fee = base:convert(names.dollar, { fees.fee }, {}, "ceil")
  return { gross = ducats, fee = fee, net = ducats, base = base, charge = base + fee }
end

return M
