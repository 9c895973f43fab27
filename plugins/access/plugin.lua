local policy = require "policies.access"

---The first tier whose upper end lies above the level.
---@param level number
---@return string
local function consciousness_tier(level)
  for _, step in ipairs(policy.consciousness_tiers) do
    if step.below == nil or level < step.below then
      return step.tier
    end
  end
  error("policies/access.lua: the last consciousness tier must have no upper end", 2)
end

---The names once each, in ascending order.
---@param names string[]
---@return string[]
local function sorted_set(names)
  local set = {}
  for _, name in ipairs(names) do
    set[name] = true
  end
  local sorted = {}
  for name in pairs(set) do
    sorted[#sorted + 1] = name
  end
  table.sort(sorted)
  return sorted
end

---@type cascade.Plugin
return {
  name = "access",
  version = "1.0.0",
  decisions = {
    ["access.grant"] = {
      summary = "What a verified citizen's token says and how long it lives.",
      input = {
        citizen = {
          record = {
            username = "string",
            social_class = { type = "string", default = "" },
          },
          description = "Whoever has proved to hold the citizen's key.",
        },
        measurement = {
          record = { level = { type = "number", min = 0, max = 1 } },
        },
        tier = { type = "string", description = "What tier.assign gave." },
        permissions = { list = "string", description = "What tier.assign gave." },
      },
      output = {
        consciousness_tier = { enum = { "dormant", "stirring", "emerging", "achieved" } },
        permissions = { list = "string" },
        claims = {
          record = {
            sub = "string",
            social_class = "string",
            tier = "string",
            consciousness_tier = "string",
            consciousness_level = "number",
            permissions = { list = "string" },
          },
        },
        lifetime_seconds = { type = "integer", min = 1 },
      },
      decide = function(input)
        local citizen, level = input.citizen, input.measurement.level
        if citizen.username == "" then
          return nil, { code = "unnamed_citizen", message = "a token needs a citizen's name" }
        end
        local tier = consciousness_tier(level)
        local permissions = sorted_set(input.permissions)
        return {
          consciousness_tier = tier,
          permissions = permissions,
          claims = {
            sub = citizen.username,
            social_class = citizen.social_class,
            tier = input.tier,
            consciousness_tier = tier,
            consciousness_level = level,
            permissions = permissions,
          },
          lifetime_seconds = policy.lifetime_seconds,
        }
      end,
    },
  },
}
