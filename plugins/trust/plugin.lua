local policy = require "policies.trust"

local MOST = 100

---As trust is recorded: within 0 to 100 and to two decimals.
---@param value number
---@return number
local function recorded(value)
  return tonumber(string.format("%.2f", math.max(0, math.min(MOST, value)))) --[[@as number]]
end

---Share of the way to full trust or to none that an event moves.
---@param change number
---@return number 0 to 1
local function felt(change)
  return 2 / math.pi * math.atan(policy.sensitivity * math.abs(change))
end

local score = { type = "number", min = 0, max = MOST }

---@type cascade.Plugin
return {
  name = "trust",
  version = "1.0.0",
  decisions = {
    ["trust.update"] = {
      summary = "Trust of a pair after an event between them.",
      input = {
        trust = { type = "number", min = 0, max = MOST, default = policy.neutral },
        change = { type = "number", description = "Above 0 after a good event." },
      },
      output = { trust = score },
      decide = function(input)
        local trust, change = input.trust, input.change
        local room = change > 0 and MOST - trust or -trust
        return { trust = recorded(trust + room * felt(change)) }
      end,
    },

    ["trust.decay"] = {
      summary = "Trust and strength of a pair after a day.",
      input = {
        trust = { type = "number", min = 0, max = MOST, default = policy.neutral },
        strength = score,
      },
      output = { trust = score, strength = score },
      decide = function(input)
        local distance = input.trust - policy.neutral
        return {
          trust = recorded(policy.neutral + distance * policy.daily_keep),
          strength = recorded(input.strength * policy.daily_keep),
        }
      end,
    },
  },
}
