local bounds = require "bounds"
local names = require "policies.names"
local policy = require "policies.sprint"
local rules = require "library.rules"

---@param sprint string
---@param envelope string
---@return string
local function account_of(sprint, envelope)
  return policy.account_prefix .. sprint .. ":" .. envelope
end

---@return string[]
local function envelope_names()
  local list = {}
  for place, envelope in ipairs(policy.envelopes) do
    list[place] = envelope.name
  end
  return list
end

---The accounts that a spend may debit: the envelopes, of any sprint.
---@return string[]
local function envelope_accounts()
  local patterns = {}
  for place, envelope in ipairs(policy.envelopes) do
    patterns[place] = account_of("*", envelope.name)
  end
  return patterns
end

---The accounts that funding fills: the envelopes, by way of `funding`.
---@return string[]
local function funded_accounts()
  local funded = envelope_accounts()
  funded[#funded + 1] = account_of("*", policy.funding)
  return funded
end

---@return cascade.Amount
local function whole_budget()
  local budget = rules.nothing(names.ducat)
  for _, envelope in ipairs(policy.envelopes) do
    budget = budget + amount(envelope.budget)
  end
  return budget
end

---Whether a sprint has got its envelopes: all of them, as a sprint could have without `funding`
---once. What somebody gave to one of them doesn't count.
---@param sprint string
---@param host cascade.Host
---@return boolean
local function is_funded(sprint, host)
  if host.ledger.balance(account_of(sprint, policy.funding)) then
    return true
  end
  for _, envelope in ipairs(policy.envelopes) do
    if host.ledger.balance(account_of(sprint, envelope.name)) == nil then
      return false
    end
  end
  return true
end

---Fills every envelope of a sprint from the backing, once.
local function fund(input, host)
  local budget = whole_budget()
  if is_funded(input.sprint, host) then
    return rules.refuse("already_funded",
      "sprint '" .. input.sprint .. "' already has its envelopes")
  end
  if rules.available(host, policy.backing, names.ducat) < budget then
    return rules.refuse("backing_short", "the backing can't fund a sprint")
  end
  local funding = account_of(input.sprint, policy.funding)
  host.ledger.post {
    from = policy.backing, to = funding, amount = budget, reference = "sprint " .. input.sprint,
    metadata = { sprint = input.sprint },
  }
  for _, envelope in ipairs(policy.envelopes) do
    host.ledger.post {
      from = funding,
      to = account_of(input.sprint, envelope.name),
      amount = amount(envelope.budget),
      reference = "sprint " .. input.sprint,
      metadata = { sprint = input.sprint, envelope = envelope.name },
    }
  end
  return { budget = budget }
end

---Pays out of one envelope, for one week and one reason.
local function spend(input, host)
  if input.amount.asset ~= names.ducat or input.amount.minor <= 0 then
    return rules.refuse("nothing_to_spend", "a spend is a positive amount of " .. names.ducat)
  end
  if not input.reason:find("%S") then
    return rules.refuse("no_reason", "a spend needs a reason")
  end
  if input.payee:sub(1, #policy.account_prefix) == policy.account_prefix then
    return rules.refuse("not_a_payee",
      "'" .. input.payee .. "' belongs to a sprint: nothing is spent there")
  end
  local envelope = account_of(input.sprint, input.envelope)
  local available = rules.available(host, envelope, names.ducat)
  if available < input.amount then
    return rules.refuse("envelope_exhausted",
      "envelope '" .. input.envelope .. "' holds less than that")
  end
  host.ledger.post {
    from = envelope,
    to = input.payee,
    amount = input.amount,
    reference = "sprint " .. input.sprint,
    metadata = {
      sprint = input.sprint, envelope = input.envelope,
      week = tostring(input.week), reason = input.reason,
    },
  }
  return { spent = input.amount, left = available - input.amount }
end

---What is left of each envelope, against an even burn from milestone to milestone.
local function burndown(input, host)
  local budget, left, envelopes = whole_budget(), rules.nothing(names.ducat), {}
  if not is_funded(input.sprint, host) then
    return rules.refuse("not_funded", "sprint '" .. input.sprint .. "' has no envelopes")
  end
  for place, envelope in ipairs(policy.envelopes) do
    local given = amount(envelope.budget)
    local rest = rules.available(host, account_of(input.sprint, envelope.name), names.ducat)
    envelopes[place] = { name = envelope.name, budget = given, spent = given - rest, left = rest }
    left = left + rest
  end
  local planned = budget:convert(
    names.ducat, { policy.weeks - input.week }, { policy.weeks }, "floor")
  return {
    budget = budget, spent = budget - left, left = left, planned_left = planned,
    on_plan = planned <= left, envelopes = envelopes,
  }
end

local week = { type = "integer", min = 1, max = policy.weeks }

bounds.check(policy)

---@type cascade.Plugin
return {
  name = "sprint",
  version = "1.0.0",
  decisions = {
    ["sprint.fund"] = {
      summary = "Gives a sprint its envelopes, out of the backing.",
      uses = { "ledger.balance", "ledger.post" },
      debits = { policy.backing, account_of("*", policy.funding) },
      credits = funded_accounts(),
      refusals = { "already_funded", "backing_short" },
      input = { sprint = "account" },
      output = { budget = "amount" },
      decide = fund,
    },

    ["sprint.spend"] = {
      summary = "Pays out of one envelope of a sprint, with week and reason.",
      uses = { "ledger.balance", "ledger.post" },
      debits = envelope_accounts(),
      refusals = { "envelope_exhausted", "no_reason", "not_a_payee", "nothing_to_spend" },
      input = {
        sprint = "account",
        envelope = { enum = envelope_names() },
        week = week,
        reason = "string",
        amount = "amount",
        payee = "account",
      },
      output = { spent = "amount", left = "amount" },
      decide = spend,
    },

    ["sprint.burndown"] = {
      summary = "What a sprint has left at a milestone, read from the ledger.",
      uses = { "ledger.balance" },
      refusals = { "not_funded" },
      input = { sprint = "account", week = week },
      output = {
        budget = "amount", spent = "amount", left = "amount", planned_left = "amount",
        on_plan = "boolean",
        envelopes = {
          list = {
            record = { name = "string", budget = "amount", spent = "amount", left = "amount" },
          },
        },
      },
      decide = burndown,
    },
  },
}
