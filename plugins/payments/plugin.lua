local booking = require "booking"
local fees = require "policies.fees"
local policy = require "policies.payments"
local reversal = require "reversal"

local accounts = policy.accounts

---@param code string
---@param message string
---@return nil, cascade.Refusal
local function refuse(code, message)
  return nil, { code = code, message = message }
end

---Sets aside what the payment will buy. An offer is taken as it was made: what it may cost was
---asked then, of bridge.validity or bridge.purchase.
local function authorize(order, host)
  if order.citizen:find(":", 1, true) then
    return refuse("not_a_citizen", "'" .. order.citizen .. "' is no citizen's name")
  end
  local nothing = amount(fees.dollar, 0)
  if order.charge.asset ~= fees.dollar or order.ducats.asset ~= fees.ducat
    or order.bonus.asset ~= fees.ducat or order.ducats.minor <= 0 or order.bonus.minor < 0
    or order.fee.minor < 0 or order.charge <= nothing then
    return refuse("not_an_offer", "an offer is ducats for dollars")
  end
  if policy.most_open <= order.open_payments then
    return refuse("too_many_open",
      "of one citizen " .. policy.most_open .. " payments may be open; pay or cancel one first")
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

---Posts what was held and shares out what the host books as collected.
local function settle(paid, host)
  if paid.collected ~= paid.charge then
    return refuse("wrong_amount", "what was collected is not what was asked")
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
  local nothing = amount(fees.dollar, 0)
  local before, lost = input.lost_before, input.lost
  if lost <= before or input.charge < lost or before < nothing then
    return refuse("nothing_to_reverse", "no more is lost than was taken back already")
  end
  local reversals, overdrafts = reversal.plan(input, host)
  return { reversals = reversals, overdrafts = overdrafts }
end

local posting = { from = "account", to = "account", amount = "amount" }

---@type cascade.Plugin
return {
  name = "payments",
  version = "1.0.0",
  decisions = {
    ["payment.authorize"] = {
      summary = "Holds the ducats of a payment before money is asked for.",
      uses = { "ledger.hold" },
      debits = { accounts.reserve },
      input = {
        payment = "string",
        citizen = "account",
        level = { type = "number", min = 0, max = 1 },
        kind = { enum = { "buy", "purchase", "package" } },
        rate = "string",
        multiplier = "string",
        ducats = { type = "amount", description = "For the citizen's account." },
        bonus = { type = "amount", description = "For the citizen's bonus account." },
        fee = { type = "amount", description = "In dollars it is part of the charge." },
        charge = "amount",
        open_payments = {
          type = "integer", min = 0, default = 0,
          description = "The citizen's others that wait to be paid.",
        },
        generation = { type = "integer", description = "That priced it." },
        decision = { type = "string", description = "That priced it." },
      },
      output = {
        holds = { list = "string" },
        postings = { list = { record = posting } },
        metadata = "any",
        charge = "amount",
        fee = "amount",
        currency = "string",
        ducats = "amount",
        bonus = "amount",
        intent_seconds = { type = "integer", min = 1 },
      },
      decide = authorize,
    },

    ["payment.settle"] = {
      summary = "Posts the ducats of a payment that was paid, and shares out the money.",
      uses = { "ledger.settle", "ledger.post" },
      debits = { accounts.reserve, accounts.clearing },
      input = {
        payment = "string",
        citizen = "account",
        holds = { list = "string" },
        ducats = "amount",
        bonus = "amount",
        fee = "amount",
        charge = "amount",
        collected = { type = "amount", description = "The host books it as come in." },
        metadata = {
          type = "any", optional = true, description = "As it was answered when authorized.",
        },
      },
      output = {
        credit = { type = "amount", description = "What Venice is told to credit." },
        clearing = { type = "account", description = "Where the host books what came in." },
        postings = { list = { record = posting } },
      },
      decide = settle,
    },

    ["payment.void"] = {
      summary = "Releases the ducats of a payment that will not be paid.",
      uses = { "ledger.void" },
      debits = { accounts.reserve },
      input = { payment = "string", holds = { list = "string" } },
      output = { voided = "integer" },
      decide = void,
    },

    ["payment.suspend"] = {
      summary = "Sets aside money that came when the ducats were no longer held.",
      uses = { "ledger.post" },
      debits = { accounts.clearing },
      input = {
        payment = "string",
        citizen = "account",
        collected = { type = "amount", description = "The host books it as come in." },
        reason = "string",
      },
      output = {
        clearing = { type = "account", description = "Where the host books what came in." },
        postings = { list = { record = posting } },
      },
      decide = suspend,
    },

    ["payment.reverse"] = {
      summary = "Plans what is taken back of a payment that was refunded or disputed.",
      uses = { "ledger.balance" },
      -- The plan tells what the accounts of the input have.
      operators = true,
      input = {
        payment = "string",
        charge = "amount",
        lost = { type = "amount", description = "Refunded and disputed so far." },
        lost_before = { type = "amount", description = "Of that, what was taken back already." },
        postings = {
          list = {
            record = {
              transfer = "string", from = "account", to = "account", amount = "amount",
              closed = { type = "boolean", optional = true },
            },
          },
          description = "Of the settlement, in its order; closed are those that can't give back.",
        },
      },
      output = {
        reversals = {
          list = {
            record = {
              transfer = "string", from = "account", to = "account", amount = "amount",
            },
          },
        },
        overdrafts = { list = { record = { account = "account", limit = "amount" } } },
      },
      decide = reverse,
    },
  },
}
