local policy = require "policies.access"
local rules = require "library.rules"

---The first tier whose upper end lies above the level.
---@param level number
---@return "dormant"|"stirring"|"emerging"|"achieved"
local function consciousness_tier(level)
  for _, step in ipairs(policy.consciousness_tiers) do
    if step.below == nil or level < step.below then
      return step.tier
    end
  end
  error("policies/access.lua: the last consciousness tier must have no upper end")
end

---@type cascade.Plugin
return {
  name = "access",
  version = "1.0.0",
  decisions = {
    ["access.grant"] = {
      summary = "What a verified citizen's token says and how long it lives.",
      refusals = { "unnamed_citizen" },
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
          return rules.refuse("unnamed_citizen", "a token needs a citizen's name")
        end
        local tier = consciousness_tier(level)
        local permissions = rules.sorted_set(input.permissions)
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
