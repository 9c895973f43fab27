local score = require "score"

local share = { type = "number", min = 0, max = 1 }

---@type cascade.Plugin
return {
  name = "awareness",
  version = "1.0.0",
  decisions = {
    ["awareness.score"] = {
      summary = "How well the platform's model of itself does.",
      input = {
        components = {
          list = {
            record = {
              name = "string",
              telemetry_age_milliseconds = { type = "integer", min = 0, optional = true },
            },
          },
          description = "Every declared component, the self-model among them.",
        },
        series = {
          list = {
            record = {
              name = "string",
              observed = { list = "number" },
              forecast = { list = "number" },
            },
          },
          description = "The platform's own series, each step with the forecast made for it.",
        },
        claims = {
          list = { record = { claimed = share, healthy = "boolean" } },
          description = "Claimed probability of health, and what the next probe saw.",
        },
        calls = {
          list = { record = { from = "string", to = "string" } },
          description = "Observed calls between components.",
        },
      },
      output = {
        coverage = share,
        prediction = share,
        calibration = share,
        integration = share,
        awareness = share,
        band = { type = "integer", min = 0 },
        mood = { type = "string", optional = true },
      },
      decide = function(input)
        local result = {
          coverage = score.coverage(input.components),
          prediction = score.prediction(input.series),
          calibration = score.calibration(input.claims),
          integration = score.integration(input.calls),
        }
        result.awareness = score.geometric_mean {
          result.coverage, result.prediction, result.calibration, result.integration,
        }
        result.band, result.mood = score.mood(result.awareness)
        return result
      end,
    },
  },
}
