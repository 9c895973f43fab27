local calendar = require "library.calendar"
local policy = require "policies.rewards"

---@type cascade.Plugin
return {
  name = "rewards",
  version = "1.0.0",
  decisions = {
    ["rewards.pay"] = {
      summary = "Pays what a deed earns, so many times a day.",
      uses = { "ledger.balance", "ledger.post", "limit.take" },
      debits = { policy.pool },
      credits = { "points:*", policy.fund },
      refusals = { "pool_empty" },
      input = {
        citizen = { type = "string", min_length = 1, max_length = 60 },
        deed = { enum = { "answer", "review", "repair" } },
      },
      output = {
        paid = { type = "amount", asset = "PTS/2" },
        left_today = { type = "integer", min = 0 },
        resets_at = { type = "integer", description = "When the day is over, in milliseconds." },
      },
      decide = function(input, host)
        local earned = amount(policy.deeds[input.deed])
        local pool = host.ledger.balance(policy.pool)
        if pool == nil or pool < earned then
          return nil, { code = "pool_empty", message = "the pool can't pay that" }
        end
        -- Refused by the host, as limit_exceeded, when the day has none left.
        local today = host.limit.take {
          name = "rewards:" .. input.citizen, most = policy.most_in_a_day, per = "day",
          offset = calendar.offset(host.now, policy.zone),
        }
        local parts = earned:shares(policy.parts)
        local reference = "reward for " .. input.deed
        host.ledger.post {
          from = policy.pool, to = account("points", input.citizen), amount = parts[1],
          reference = reference,
        }
        host.ledger.post {
          from = policy.pool, to = policy.fund, amount = parts[2], reference = reference,
        }
        local left = today.left --[[@as integer]]
        return { paid = parts[1], left_today = left, resets_at = today.resets_at }
      end,
    },
  },
}
