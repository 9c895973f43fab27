local policy = require "policies.payments"
local rules = require "library.rules"

local accounts = policy.accounts

-- Where the host books money in from; no rule may debit it.
local WORLD = "world"

local M = {}

---Where what was collected came in, as it was named then.
---@param postings table[] as they were booked
---@return string|nil
local function clearing_of(postings)
  for _, posting in ipairs(postings) do
    if posting.from == WORLD then
      return posting.to
    end
  end
  return nil
end

---A posting's part of what was lost of the charge.
---@param whole cascade.Amount
---@param lost cascade.Amount
---@param charge cascade.Amount
---@param rounding "floor"|"ceil"
---@return cascade.Amount
local function part(whole, lost, charge, rounding)
  return whole:convert(whole.asset, { lost.minor }, { charge.minor }, rounding)
end

---How much of each posting is taken back once `lost` of `charge` is lost. What came in goes out to
---the cent: of what was shared out of the clearing account, all but the first give their part
---rounded down, and the first the rest. Ducats are taken back rounded up.
---@param postings table[] as they were booked
---@param lost cascade.Amount
---@param charge cascade.Amount
---@return cascade.Amount[]
function M.targets(postings, lost, charge)
  local clearing = clearing_of(postings)
  local targets, left = {}, lost
  local first ---@type integer|nil
  for place, posting in ipairs(postings) do
    if posting.from == WORLD then
      targets[place] = lost
    elseif posting.from ~= clearing then
      targets[place] = part(posting.amount, lost, charge, "ceil")
    elseif first == nil then
      first = place
    else
      targets[place] = part(posting.amount, lost, charge, "floor")
      left = left - targets[place]
    end
  end
  if first then
    targets[first] = left
  end
  return targets
end

---Splits what an account must give back into what it has and what it will owe.
---@param wanted cascade.Amount
---@param available cascade.Amount
---@return cascade.Amount paid, cascade.Amount owed
local function split(wanted, available)
  local nothing = rules.nothing(wanted.asset)
  local paid = available < nothing and nothing or available
  if wanted < paid then
    paid = wanted
  end
  return paid, wanted - paid
end

---What can be taken from where a posting went: nothing when that account is closed, as the ledger
---takes no posting on it.
---@param posting table
---@param change cascade.Amount|nil what this chain itself has brought there
---@param host cascade.Host
---@return cascade.Amount
local function available_of(posting, change, host)
  local nothing = rules.nothing(posting.amount.asset)
  if posting.closed then
    return nothing
  end
  return rules.available(host, posting.to, nothing.asset) + (change or nothing)
end

---The postings swapped and in reverse order, each for what was lost since the last time. What can't
---be had from an account comes from its receivable account.
---@param input table the input of payment.reverse
---@param host cascade.Host
---@return table[] reversals, table[] overdrafts
function M.plan(input, host)
  local before = M.targets(input.postings, input.lost_before, input.charge)
  local now = M.targets(input.postings, input.lost, input.charge)
  local reversals, overdrafts = {}, {}
  -- What this chain itself brings to an account, or takes from it.
  local change = {}
  for place = #input.postings, 1, -1 do
    local posting = input.postings[place]
    local payer, wanted = posting.to, now[place] - before[place]
    local nothing = rules.nothing(wanted.asset)
    local paid, owed = split(wanted, available_of(posting, change[payer], host))
    change[payer] = (change[payer] or nothing) - paid
    change[posting.from] = (change[posting.from] or nothing) + wanted
    local owing = accounts.receivable_prefix .. payer
    for _, share in ipairs { { payer, paid }, { owing, owed } } do
      if share[2].minor > 0 then
        reversals[#reversals + 1] = {
          transfer = posting.transfer, from = share[1], to = posting.from, amount = share[2],
        }
      end
    end
    if owed.minor > 0 then
      local limit = amount(policy.receivable_limit[owed.asset] --[[@as string]])
      overdrafts[#overdrafts + 1] = { account = owing, limit = limit }
    end
  end
  return reversals, overdrafts
end

return M
