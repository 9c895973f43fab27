local policy = require "policies.tiers"
local rules = require "library.rules"

---What a citizen has for passing the thresholds of `steps`, lowest first: `above[n]` is the n-th
---threshold, `granted[n]` what has been granted by then, none at first.
---@param steps { above: number, permission: string }[]
---@return { above: number[], granted: string[][] }
local function thresholds(steps)
  local ascending = table.move(steps, 1, #steps, 1, {})
  table.sort(ascending, function(a, b) return a.above < b.above end)
  local above, granted = {}, { {} }
  for n, step in ipairs(ascending) do
    above[n] = step.above
    granted[n + 1] = { table.unpack(granted[n]) }
    granted[n + 1][n] = step.permission
  end
  return { above = above, granted = granted }
end

local influence_steps = thresholds(policy.permissions.by_influence)
local ducat_steps = thresholds(policy.permissions.by_ducats)

---Every set of permissions of a class, by the thresholds passed: of influence, then of ducats.
---@param class string
---@return string[][][]
local function permission_sets(class)
  local own = policy.permissions.by_class[class] or {}
  local sets = {}
  for i, by_influence in ipairs(influence_steps.granted) do
    sets[i] = {}
    for d, by_ducats in ipairs(ducat_steps.granted) do
      sets[i][d] = rules.sorted_set(
        policy.permissions.everyone, own, by_influence, by_ducats)
    end
  end
  return sets
end

-- There are few sets, so they are made once, when the rule is loaded, and a decision looks one up.
local sets = {}
for class in pairs(policy.permissions.by_class) do
  sets[class] = permission_sets(class)
end
local other_sets = permission_sets("")

---One more than the thresholds that `value` passes.
---@param above number[]
---@param value number
---@return integer
local function step(above, value)
  local n = 1
  while above[n] and value > above[n] do
    n = n + 1
  end
  return n
end

---The class as the charter names it. Most are written so, and need no look at their letters.
---@param text string
---@return string
local function social_class(text)
  if policy.tiers[text] or sets[text] then
    return text
  end
  return rules.social_class(text)
end

---The place of a class on the ladder, counted from the lowest; nil outside it.
---@param class string
---@return integer|nil
local function rank(class)
  for place, name in ipairs(policy.ladder) do
    if name == class then
      return place
    end
  end
  return nil
end

---The class of the first promotion whose fact holds.
---@param facts cascade.tiers.promote.Input
---@return string|nil
local function promotion(facts)
  for _, rule in ipairs(policy.promotions) do
    local fact = facts[rule.fact]
    if fact == true or (rule.above and fact > rule.above) then
      return rule.class
    end
  end
  return nil
end

---@type cascade.Plugin
return {
  name = "tiers",
  version = "1.0.0",
  decisions = {
    ["tier.assign"] = {
      summary = "Subscription tier of a citizen, from the social class.",
      input = {
        social_class = "string",
        influence = { type = "number", default = 0 },
        ducats = { type = "number", default = 0 },
      },
      output = {
        tier = { enum = { "enterprise", "creator", "participant", "observer" } },
        usd_per_month = "integer",
        permissions = { list = "string" },
      },
      decide = function(input)
        local class = social_class(input.social_class)
        local offer = policy.tiers[class] or policy.other
        return {
          tier = offer.tier,
          usd_per_month = offer.usd_per_month,
          permissions = (sets[class] or other_sets)[step(influence_steps.above, input.influence)]
            [step(ducat_steps.above, input.ducats)],
        }
      end,
    },

    ["tiers.promote"] = {
      summary = "Class a citizen of the ladder has earned; never a lower one.",
      input = {
        social_class = "string",
        influence = { type = "number", default = 0 },
        daily_income = { type = "number", default = 0 },
        uses_land = { type = "boolean", default = false },
        owns_business_building = { type = "boolean", default = false },
        runs_building = { type = "boolean", default = false },
      },
      output = { social_class = "string", promoted = "boolean" },
      decide = function(input)
        local class = social_class(input.social_class)
        local earned = promotion(input)
        local now = rank(class)
        if now and earned and rank(earned) > now then
          return { social_class = earned, promoted = true }
        end
        return { social_class = class, promoted = false }
      end,
    },
  },
}
