local calibration = require "calibration"
local claim = require "claim"
local forecast = require "forecast"
local objectives = require "policies.objectives"
local policy = require "policies.awareness"
local schema = require "schema"
local score = require "score"

---@type cascade.Plugin
return {
  name = "awareness",
  version = "2.0.0",
  decisions = {
    ["awareness.declare"] = {
      summary = "The platform's parts and what each calls, as the policy declares them.",
      input = {},
      output = schema.declared,
      decide = function()
        return { components = policy.components }
      end,
    },

    ["awareness.objectives"] = {
      summary = "What the platform promises of its decisions, as the policy says.",
      input = {},
      output = schema.objectives,
      decide = function()
        return objectives
      end,
    },

    ["awareness.forecast"] = {
      summary = "Between what bounds each series is expected at its next step.",
      input = schema.history,
      output = schema.forecasts,
      decide = function(input)
        local series = {}
        for place, one in ipairs(input.series) do
          local low, high = forecast.next_interval(one.observed)
          series[place] = { name = one.name, low = low, high = high }
        end
        return { series = series }
      end,
    },

    ["awareness.claim"] = {
      summary = "How probable it is that each component is healthy at its next probe.",
      input = schema.probed,
      output = schema.claims,
      decide = function(input)
        local components = {}
        for place, one in ipairs(input.components) do
          local age = one.telemetry and one.telemetry.age_milliseconds
          components[place] = { name = one.name, claimed = claim.health(one.probes, age) }
        end
        return { components = components }
      end,
    },

    ["awareness.score"] = {
      summary = "How well the platform's model of itself does.",
      input = schema.model,
      output = schema.score,
      decide = function(input)
        local parts, blocks = calibration.of(input.claims)
        local prediction, by_series = score.prediction(input.series)
        local result = {
          coverage = score.coverage(input.components),
          prediction = prediction,
          calibration = parts and parts.score,
          integration = score.integration(input.components, input.calls),
          series = by_series,
          calibration_parts = parts,
          reliability = blocks,
        }
        result.awareness, result.unknown = score.awareness(result)
        result.band, result.mood = score.mood(result.awareness)
        return result
      end,
    },
  },
}
