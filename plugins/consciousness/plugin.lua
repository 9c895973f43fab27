local policy = require "policies.consciousness"
local measurement = require "measurement"
local rules = require "library.rules"

---@param citizen string
---@return nil, cascade.Refusal
local function unknown(citizen)
  return rules.refuse("unknown_citizen", "'" .. citizen .. "' is not in the trust graph")
end

---@type cascade.Plugin
return {
  name = "consciousness",
  version = "1.0.0",
  decisions = {
    ["consciousness.score"] = {
      summary = "Level and its parts from given graph metrics.",
      input = measurement.input,
      output = measurement.output,
      decide = function(input)
        return measurement.score(input, policy)
      end,
    },

    ["consciousness.measure"] = {
      summary = "Level of a citizen in the trust graph as it is now.",
      uses = { "graph.metrics" },
      refusals = { "unknown_citizen" },
      input = { citizen = "string" },
      output = measurement.output,
      decide = function(input, host)
        local metrics = host.graph.metrics(input.citizen, policy.metrics)
        if metrics == nil then
          return unknown(input.citizen)
        end
        return measurement.score(metrics, policy)
      end,
    },

    ["consciousness.validate"] = {
      summary = "How far a citizen's triangles stand out from randomly rewired graphs.",
      uses = { "graph.null_model" },
      refusals = { "unknown_citizen" },
      input = { citizen = "string" },
      output = { observed = "number", mean = "number", deviation = "number", z = "number" },
      decide = function(input, host)
        local model = host.graph.null_model(input.citizen, policy.null_model)
        if model == nil then
          return unknown(input.citizen)
        end
        return {
          observed = model.observed, mean = model.mean, deviation = model.deviation, z = model.z,
        }
      end,
    },
  },
}
