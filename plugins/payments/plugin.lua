local booking = require "booking"
local bounds = require "bounds"
local fees = require "policies.fees"
local names = require "policies.names"
local offers = require "library.offers"
local policy = require "policies.payments"
local reversal = require "reversal"
local rules = require "library.rules"
local schema = require "schema"

local accounts = policy.accounts

---Sets aside what the payment will buy. An offer is taken as it was made: what it may cost was
---asked then, of bridge.validity or bridge.purchase. Only when the rate has risen so far since then
---that its ducats would sell for more, it is suspended.
local function authorize(order, host)
  local stranger = rules.not_a_citizen(order.citizen)
  if stranger then
    return nil, stranger
  end
  local nothing = rules.nothing(names.dollar)
  if order.charge.asset ~= names.dollar or order.ducats.asset ~= names.ducat
    or order.bonus.asset ~= names.ducat or order.ducats.minor <= 0 or order.bonus.minor < 0
    or order.fee.minor < 0 or order.charge <= nothing then
    return rules.refuse("not_an_offer", "an offer is ducats for dollars")
  end
  local suspended = offers.suspension(order.ducats, order.charge, fees)
  if suspended then
    return nil, suspended
  end
  local most = policy.most_open_payments
  if most <= order.open_payments then
    return rules.refuse("too_many_open",
      "of one citizen " .. most .. " payments may be open; pay or cancel one first")
  end
  local metadata, held, postings = booking.metadata(order), {}, booking.holds(order)
  for place, line in ipairs(postings) do
    held[place] = host.ledger.hold {
      from = line.from, to = line.to, amount = line.amount, code = "purchase",
      reference = order.payment, metadata = metadata, timeout_seconds = policy.hold_seconds,
    }.id
  end
  return {
    holds = held, postings = postings, metadata = metadata, charge = order.charge,
    fee = order.fee, currency = policy.currency, ducats = order.ducats, bonus = order.bonus,
    intent_seconds = policy.intent_seconds,
  }
end

---Whether what a payment waits for is still what is offered: a rate that has risen so far that its
---ducats would sell for more takes back the offer as long as nobody has paid.
local function stands(offer)
  local suspended = offers.suspension(offer.ducats, offer.charge, fees)
  if suspended then
    return nil, suspended
  end
  return {}
end

---Posts what was held and shares out what the host books as collected.
local function settle(paid, host)
  if paid.collected ~= paid.charge then
    return rules.refuse("wrong_amount", "what was collected is not what was asked")
  end
  for _, hold in ipairs(paid.holds) do
    host.ledger.settle { hold = hold }
  end
  local shares = booking.shares(paid.charge, paid.fee)
  for _, share in ipairs(shares) do
    host.ledger.post {
      from = share.from, to = share.to, amount = share.amount, code = "purchase",
      reference = paid.payment, metadata = paid.metadata,
    }
  end
  return { credit = paid.ducats + paid.bonus, clearing = accounts.clearing, postings = shares }
end

---Releases what was held.
local function void(payment, host)
  for _, hold in ipairs(payment.holds) do
    host.ledger.void { hold = hold }
  end
  return { voided = #payment.holds }
end

---Sets aside what was collected for ducats that are no longer held.
local function suspend(paid, host)
  local posting = {
    from = accounts.clearing, to = accounts.suspense, amount = paid.collected,
  }
  host.ledger.post {
    from = posting.from, to = posting.to, amount = posting.amount, code = "suspense",
    reference = paid.payment, metadata = { citizen = paid.citizen, reason = paid.reason },
  }
  return { clearing = accounts.clearing, postings = { posting } }
end

---Plans the taking back of a payment that was refunded or disputed.
local function reverse(input, host)
  local nothing = rules.nothing(names.dollar)
  local before, lost = input.lost_before, input.lost
  if lost <= before or input.charge < lost or before < nothing then
    return rules.refuse("nothing_to_reverse", "no more is lost than was taken back already")
  end
  local reversals, overdrafts = reversal.plan(input, host)
  return { reversals = reversals, overdrafts = overdrafts }
end

bounds.check(policy)

---@type cascade.Plugin
return {
  name = "payments",
  version = "1.0.0",
  decisions = {
    ["payment.authorize"] = {
      summary = "Holds the ducats of a payment before money is asked for.",
      uses = { "ledger.hold" },
      debits = { accounts.reserve },
      refusals = { "not_a_citizen", "not_an_offer", "offer_suspended", "too_many_open" },
      input = schema.authorize.input,
      output = schema.authorize.output,
      decide = authorize,
    },

    ["payment.stands"] = {
      summary = "Whether a payment that waits for its buyer is still offered at its price.",
      refusals = { "offer_suspended" },
      input = schema.stands.input,
      output = schema.stands.output,
      decide = stands,
    },

    ["payment.settle"] = {
      summary = "Posts the ducats of a payment that was paid, and shares out the money.",
      uses = { "ledger.settle", "ledger.post" },
      debits = { accounts.reserve, accounts.clearing },
      refusals = { "wrong_amount" },
      input = schema.settle.input,
      output = schema.settle.output,
      decide = settle,
    },

    ["payment.void"] = {
      summary = "Releases the ducats of a payment that will not be paid.",
      uses = { "ledger.void" },
      debits = { accounts.reserve },
      input = schema.void.input,
      output = schema.void.output,
      decide = void,
    },

    ["payment.suspend"] = {
      summary = "Sets aside money that came when the ducats were no longer held.",
      uses = { "ledger.post" },
      debits = { accounts.clearing },
      credits = { accounts.suspense },
      input = schema.suspend.input,
      output = schema.suspend.output,
      decide = suspend,
    },

    ["payment.reverse"] = {
      summary = "Plans what is taken back of a payment that was refunded or disputed.",
      uses = { "ledger.balance" },
      -- The plan tells what the accounts of the input have.
      operators = true,
      refusals = { "nothing_to_reverse" },
      input = schema.reverse.input,
      output = schema.reverse.output,
      decide = reverse,
    },
  },
}
