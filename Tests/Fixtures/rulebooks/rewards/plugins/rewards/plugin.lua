local calendar = require "library.calendar"
local policy = require "policies.rewards"

---The account that counts a citizen's rewards of a day.
---@param citizen string
---@param now integer milliseconds since 1970
---@return string
local function counting_account(citizen, now)
  return account("rewarded", citizen, calendar.text(calendar.day_in(now, policy.zone)))
end

---@type cascade.Plugin
return {
  name = "rewards",
  version = "1.0.0",
  decisions = {
    ["rewards.pay"] = {
      summary = "Pays what a deed earns, so many times a day.",
      uses = { "ledger.balance", "ledger.post" },
      debits = { policy.pool, policy.counter },
      credits = { "points:*", policy.fund, "rewarded:*:*" },
      refusals = { "limit_exceeded", "pool_empty" },
      input = {
        citizen = { type = "string", min_length = 1, max_length = 60 },
        deed = { enum = { "answer", "review", "repair" } },
      },
      output = {
        paid = { type = "amount", asset = "PTS/2" },
        left_today = { type = "integer", min = 0 },
      },
      decide = function(input, host)
        local today = counting_account(input.citizen, host.now)
        -- Read with its version: who pays at the same moment reads it again.
        local before = host.ledger.balance(today) or amount(policy.unit, 0)
        note("rewards of today", before)
        if before.minor >= policy.most_in_a_day then
          return nil, { code = "limit_exceeded", message = "no more rewards today" }
        end
        local earned = amount(policy.deeds[input.deed])
        local pool = host.ledger.balance(policy.pool)
        if pool == nil or pool < earned then
          return nil, { code = "pool_empty", message = "the pool can't pay that" }
        end
        local parts = earned:shares(policy.parts)
        local reference = "reward for " .. input.deed
        host.ledger.post {
          from = policy.pool, to = account("points", input.citizen), amount = parts[1],
          reference = reference,
        }
        host.ledger.post {
          from = policy.pool, to = policy.fund, amount = parts[2], reference = reference,
        }
        host.ledger.post { from = policy.counter, to = today, amount = amount(policy.unit, 1) }
        return { paid = parts[1], left_today = policy.most_in_a_day - before.minor - 1 }
      end,
    },
  },
}
