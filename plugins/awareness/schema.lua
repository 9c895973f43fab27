local share = { type = "number", min = 0, max = 1 }
local maybe_share = { type = "number", min = 0, max = 1, optional = true }
local maybe_number = { type = "number", optional = true }
local count = { type = "integer", min = 0 }

local M = {}

M.declared = {
  components = {
    list = {
      record = {
        name = "string",
        calls = { list = "string" },
        most = { map = "number", optional = true },
        among = { map = "integer", optional = true },
      },
    },
    description = "Every part with those that it calls, and the most its series may be.",
  },
}

M.objectives = {
  days = { type = "integer", min = 1, description = "Over so many days a promise is kept." },
  failures = { list = "string", description = "How a decision ends that counts as failed." },
  points = {
    list = {
      record = {
        point = "string",
        availability = maybe_share,
        latency = { record = { seconds = "number", share = share }, optional = true },
      },
    },
    description = "The share of each decision that must not fail, and be in time.",
  },
  burns = {
    list = {
      record = {
        factor = "number",
        long = "string",
        short = "string",
        severity = "string",
        holds_activation = {
          type = "boolean",
          optional = true,
          description = "Whether no signed rulebook comes into force meanwhile.",
        },
      },
    },
    description = "How much too fast a budget burns, over two windows, when somebody is called.",
  },
}

M.history = {
  series = {
    list = { record = { name = "string", observed = { list = "number" } } },
    description = "The platform's own series, a value a step.",
  },
}

M.forecasts = {
  series = {
    list = { record = { name = "string", low = maybe_number, high = maybe_number } },
    description = "Nine values of ten lie between; no bounds where nothing was observed.",
  },
}

M.probed = {
  components = {
    list = {
      record = {
        name = "string",
        telemetry = {
          record = {
            age_milliseconds = { type = "integer", min = 0, optional = true },
            values = {
              map = "number",
              optional = true,
              description = "The last value of each of its series.",
            },
          },
          optional = true,
        },
        probes = { list = "boolean", description = "Whether it was healthy, a step each." },
      },
    },
  },
}

M.claims = {
  components = {
    list = { record = { name = "string", claimed = share } },
    description = "The probability of each to be healthy at its next probe.",
  },
}

M.model = {
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
        low = { list = "number" },
        high = { list = "number" },
      },
    },
    description = "The platform's own series, each step with the interval forecast for it.",
  },
  claims = {
    list = {
      record = {
        claimed = share,
        healthy = "boolean",
        n = { type = "integer", min = 0, default = 1, description = "How many such claims." },
      },
    },
    description = "Claimed probability of health, and what the next probe saw.",
  },
  calls = {
    list = { record = { from = "string", to = "string" } },
    description = "Observed calls between components.",
  },
}

M.score = {
  coverage = maybe_share,
  prediction = maybe_share,
  calibration = maybe_share,
  integration = maybe_share,
  awareness = maybe_share,
  unknown = { list = "string", description = "The parts that nothing is known of yet." },
  series = { type = "any", description = "Foresight by series; none where it is unknown." },
  calibration_parts = {
    record = {
      miscalibration = "number",
      discrimination = "number",
      uncertainty = "number",
      score = share,
    },
    optional = true,
  },
  reliability = {
    list = { record = { low = share, high = share, n = count, healthy = count } },
    description = "What the claims of each range came to.",
  },
  band = count,
  mood = { type = "string", optional = true },
}

return M
