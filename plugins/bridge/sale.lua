local fees = require "policies.fees"
local names = require "policies.names"
local offers = require "library.offers"
local policy = require "policies.payments"
local quote = require "quote"
local rules = require "library.rules"
local uplift = require "uplift"

local accounts = policy.accounts

local M = {}

---Why a quoted sale can't be carried out; nil when it can. Limits were the quote's affair. The
---ledger has the last word on funds. What the bridge itself pays, without what the reserve gives,
---is no more than the ducats cost at today's rate: else they would be bought to be sold here.
---@param sale table the input of bridge.sell
---@param lifted cascade.Amount
---@return cascade.Refusal|nil
local function refusal(sale, lifted)
  local nothing = rules.nothing(names.dollar)
  local stranger = rules.not_a_citizen(sale.citizen)
  if stranger then
    return stranger
  end
  if sale.amount.asset ~= names.ducat or sale.amount.minor <= 0 then
    return { code = "not_a_quote", message = "a sale is of ducats" }
  end
  if sale.gross ~= sale.fee + sale.net or sale.fee < nothing or sale.net < nothing then
    return { code = "not_a_quote", message = "gross is not fee and net" }
  end
  if lifted < nothing or (sale.uplift ~= "granted" and nothing < lifted) then
    return { code = "not_a_quote", message = "the gross is not that of a quote" }
  end
  local least = offers.least_cost(sale.amount, fees)
  if least < sale.net - lifted then
    return {
      code = "offer_suspended",
      message = "the sale pays " .. tostring(sale.net - lifted) .. " for ducats that cost "
        .. tostring(least) .. " at a rate of " .. fees.rate .. "; ask for another quote",
    }
  end
  return nil
end

---What a sale moves, in order; none of it between two assets.
---@param sale table
---@param plain cascade.Amount gross at multiplier 1
---@param lifted cascade.Amount
---@param today string the account of the citizen's uplift of the day
---@return table[]
local function postings(sale, plain, lifted, today)
  local payable = accounts.payable_prefix .. sale.citizen
  return {
    {
      from = rules.citizen_account(sale.citizen), to = accounts.bridge_ducats,
      amount = sale.amount,
    },
    { from = accounts.bridge_dollars, to = payable, amount = plain },
    { from = today, to = payable, amount = lifted },
    { from = fees.uplift.reserve, to = accounts.uplift_settled, amount = lifted },
    { from = payable, to = accounts.fees_dollars, amount = sale.fee },
  }
end

---What is written beside each transfer.
---@param sale table
---@return table<string, string>
local function metadata(sale)
  return {
    payment = sale.payment, rate = sale.rate, multiplier = sale.multiplier,
    generation = string.format("%d", sale.generation), decision = sale.decision,
  }
end

---Carries out a quoted sale as one chain. The account of the day's uplift may go down to minus the
---cap, and the reserve only to zero, so both limits are the ledger's own.
---@param sale table
---@param host cascade.Host
---@return table|nil result, cascade.Refusal|nil
function M.carry_out(sale, host)
  local plain = quote.sell(sale.amount, sale.rate, quote.PLAIN).gross
  local lifted = sale.gross - plain
  local refused = refusal(sale, lifted)
  if refused then
    return nil, refused
  end
  local today = uplift.account_of_today(host, sale.citizen)
  local booked, overdrafts = {}, {}
  for _, posting in ipairs(postings(sale, plain, lifted, today)) do
    if posting.amount.minor > 0 then
      host.ledger.post {
        from = posting.from, to = posting.to, amount = posting.amount,
        code = "sale", reference = sale.payment, metadata = metadata(sale),
      }
      booked[#booked + 1] = posting
    end
  end
  if lifted.minor > 0 then
    overdrafts[1] = { account = today, limit = amount(fees.uplift.daily_cap) }
  end
  return { payout = sale.net, fee = sale.fee, postings = booked, overdrafts = overdrafts }
end

return M
