local bounds = require "bounds"
local names = require "policies.names"
local policy = require "policies.treasury"
local rules = require "library.rules"

---Usernames of each class, in ascending order.
---@param citizens { username: string, social_class: string }[]
---@return table<string, string[]>|nil classes, cascade.Refusal|nil
local function by_class(citizens)
  local classes, seen = {}, {}
  for _, citizen in ipairs(citizens) do
    local stranger = rules.not_a_citizen(citizen.username)
    if stranger then
      return nil, stranger
    end
    if seen[citizen.username] then
      return rules.refuse("named_twice", "'" .. citizen.username .. "' is named twice")
    end
    seen[citizen.username] = true
    local class = rules.social_class(citizen.social_class)
    classes[class] = classes[class] or {}
    table.insert(classes[class], citizen.username)
  end
  for _, members in pairs(classes) do
    table.sort(members)
  end
  return classes
end

---A weight for each of so many who get the same.
---@param count integer
---@return integer[]
local function evenly(count)
  local weights = {}
  for place = 1, count do
    weights[place] = 1
  end
  return weights
end

---What each member of the ladder's classes gets out of the day's pool.
---@param pool cascade.Amount
---@param classes table<string, string[]>
---@param payments table[] grows
local function add_shares(pool, classes, payments)
  local parts = {}
  for place, entry in ipairs(policy.classes) do
    parts[place] = entry.share
  end
  local of_class = pool:shares(parts)
  for place, entry in ipairs(policy.classes) do
    local members = classes[entry.class] or {}
    if #members > 0 then
      for order, share in ipairs(of_class[place]:shares(evenly(#members))) do
        payments[#payments + 1] = { citizen = members[order], amount = share, reason = "share" }
      end
    end
  end
end

---What each member of the paid classes gets.
---@param classes table<string, string[]>
---@param payments table[] grows
local function add_fixed_pay(classes, payments)
  for class, pay in pairs(policy.fixed_pay) do
    for _, name in ipairs(classes[class] or {}) do
      payments[#payments + 1] = { citizen = name, amount = amount(pay), reason = "pay" }
    end
  end
end

---Books every payment that is not zero.
---@param payments table[]
---@param host cascade.Host
local function post_all(payments, host)
  for _, payment in ipairs(payments) do
    if payment.amount.minor > 0 then
      host.ledger.post {
        from = policy.account,
        to = rules.citizen_account(payment.citizen),
        amount = payment.amount,
        reference = "redistribution",
        metadata = { reason = payment.reason },
      }
    end
  end
end

bounds.check(policy)

---@type cascade.Plugin
return {
  name = "treasury",
  version = "1.0.0",
  decisions = {
    ["treasury.redistribute"] = {
      summary = "Shares out a day's part of the treasury and pays the fixed salaries.",
      uses = { "ledger.balance", "ledger.post" },
      debits = { policy.account },
      credits = { rules.citizen_account("*") },
      refusals = { "named_twice", "not_a_citizen", "treasury_short" },
      input = {
        citizens = { list = { record = { username = "account", social_class = "string" } } },
      },
      output = {
        pool = "amount",
        paid = "amount",
        payments = {
          list = {
            record = {
              citizen = "account", amount = "amount", reason = { enum = { "share", "pay" } },
            },
          },
        },
      },
      decide = function(input, host)
        local classes, refused = by_class(input.citizens)
        if classes == nil then
          return nil, refused
        end
        local treasury = rules.available(host, policy.account, names.ducat)
        local pool = treasury:convert(names.ducat, { policy.daily_share }, {}, "floor")
        local payments = {}
        add_shares(pool, classes, payments)
        add_fixed_pay(classes, payments)
        local paid = rules.nothing(names.ducat)
        for _, payment in ipairs(payments) do
          paid = paid + payment.amount
        end
        if treasury < paid then
          return rules.refuse("treasury_short", "the treasury can't pay what it owes today")
        end
        post_all(payments, host)
        return { pool = pool, paid = paid, payments = payments }
      end,
    },
  },
}
