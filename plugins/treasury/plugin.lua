local policy = require "policies.treasury"
local shares = require "shares"

---Usernames of each class, in ascending order.
---@param citizens { username: string, social_class: string }[]
---@return table<string, string[]>|nil classes, cascade.Refusal|nil
local function by_class(citizens)
  local classes, seen = {}, {}
  for _, citizen in ipairs(citizens) do
    if seen[citizen.username] then
      return nil, {
        code = "named_twice", message = "'" .. citizen.username .. "' is named twice",
      }
    end
    seen[citizen.username] = true
    local class = citizen.social_class:match("^%s*(.-)%s*$")
    classes[class] = classes[class] or {}
    table.insert(classes[class], citizen.username)
  end
  for _, names in pairs(classes) do
    table.sort(names)
  end
  return classes
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
  local of_class = shares.by_parts(pool, parts)
  for place, entry in ipairs(policy.classes) do
    local names = classes[entry.class] or {}
    if #names > 0 then
      for order, share in ipairs(shares.evenly(of_class[place], #names)) do
        payments[#payments + 1] = { citizen = names[order], amount = share, reason = "share" }
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
  local nothing = amount(policy.ducat, 0)
  for _, payment in ipairs(payments) do
    if nothing < payment.amount then
      host.ledger.post {
        from = policy.account,
        to = policy.citizen_prefix .. payment.citizen,
        amount = payment.amount,
        reference = "redistribution",
        metadata = { reason = payment.reason },
      }
    end
  end
end

---@type cascade.Plugin
return {
  name = "treasury",
  version = "1.0.0",
  decisions = {
    ["treasury.redistribute"] = {
      summary = "Shares out a day's part of the treasury and pays the fixed salaries.",
      uses = { "ledger.balance", "ledger.post" },
      debits = { policy.account },
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
        local treasury = host.ledger.balance(policy.account) or amount(policy.ducat, 0)
        local pool = treasury:convert(policy.ducat, { policy.daily_share }, {}, "floor")
        local payments = {}
        add_shares(pool, classes, payments)
        add_fixed_pay(classes, payments)
        local paid = amount(policy.ducat, 0)
        for _, payment in ipairs(payments) do
          paid = paid + payment.amount
        end
        if treasury < paid then
          return nil, {
            code = "treasury_short", message = "the treasury can't pay what it owes today",
          }
        end
        post_all(payments, host)
        return { pool = pool, paid = paid, payments = payments }
      end,
    },
  },
}
