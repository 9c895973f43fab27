local policy = require "policies.tiers"

---The class as the charter names it: without surrounding space and without a place of origin.
---@param text string
---@return string
local function social_class(text)
  local class = text:match("^%s*(.-)%s*$")
  for _, name in ipairs(policy.with_origin) do
    if class:sub(1, #name + 6) == name .. " from " then
      return name
    end
  end
  return class
end

---Every permission once, in ascending order.
---@param class string
---@param influence number
---@param ducats number
---@return string[]
local function permissions(class, influence, ducats)
  local sorted, has = {}, {}
  local function grant(permission)
    if not has[permission] then
      has[permission] = true
      sorted[#sorted + 1] = permission
    end
  end
  for _, name in ipairs(policy.permissions.everyone) do
    grant(name)
  end
  for _, name in ipairs(policy.permissions.by_class[class] or {}) do
    grant(name)
  end
  for _, rule in ipairs(policy.permissions.by_influence) do
    if influence > rule.above then
      grant(rule.permission)
    end
  end
  for _, rule in ipairs(policy.permissions.by_ducats) do
    if ducats > rule.above then
      grant(rule.permission)
    end
  end
  table.sort(sorted)
  return sorted
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
---@param facts table<string, number|boolean>
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
          permissions = permissions(class, input.influence, input.ducats),
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
