local names = require "policies.names"
local policy = require "policies.payments"
local rules = require "library.rules"

local accounts = policy.accounts

local M = {}

---@param given cascade.Amount
---@return string decimal without the asset
local function decimal(given)
  return tostring(given):match("^%S+") --[[@as string]]
end

---What the payment service and the ledger keep beside a payment; all of it texts.
---@param order table the input of payment.authorize
---@return table<string, string>
function M.metadata(order)
  return {
    citizen = order.citizen,
    ducats = decimal(order.ducats),
    rate = order.rate,
    citizen_consciousness_level = string.format("%.6f", order.level),
    phi_ratio_multiplier = order.multiplier,
    venice_citizen_verification = policy.verification,
    payment = order.payment,
    generation = string.format("%d", order.generation),
    decision = order.decision,
  }
end

---What must be held until the money is there: the ducats, the bonus, and a fee that is in ducats.
---@param order table
---@return table[] postings
function M.holds(order)
  local citizen = rules.citizen_account(order.citizen)
  ---@type table[]
  local lines = {
    { from = accounts.reserve, to = citizen, amount = order.ducats },
    { from = accounts.reserve, to = citizen .. accounts.bonus_suffix, amount = order.bonus },
  }
  if order.fee.asset == names.ducat then
    lines[3] = { from = accounts.reserve, to = accounts.fees_ducats, amount = order.fee }
  end
  local held = {}
  for _, line in ipairs(lines) do
    if line.amount.minor > 0 then
      held[#held + 1] = line
    end
  end
  return held
end

---How what was collected is shared out: the bridge's part, and the fee when it is in dollars.
---@param charge cascade.Amount
---@param fee cascade.Amount
---@return table[] postings
function M.shares(charge, fee)
  local taken = fee.asset == names.dollar and fee or rules.nothing(names.dollar)
  ---@type table[]
  local shares = {
    { from = accounts.clearing, to = accounts.bridge_dollars, amount = charge - taken },
  }
  if taken.minor > 0 then
    shares[2] = { from = accounts.clearing, to = accounts.fees_dollars, amount = taken }
  end
  return shares
end

return M
