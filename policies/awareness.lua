-- What the platform's model of itself is made of, and how it is scored.
--
-- Who may change this: the host's operators, with notice to the council. What follows: the figure
-- that is published moves with the reload, though the platform did not; say so beside it.
return {
  -- The parts of the platform, each with the parts it calls, and the most that a series of it may
  -- be while it counts as healthy. A host reports on those that it has; one that is declared and
  -- never heard of, or isn't healthy, lowers coverage.
  components = {
    -- Where so large a share of decisions ends by a fault of its rule, a rule is broken. The share
    -- is taken among the last so many decisions at least: one that fails in a quiet hour is none.
    {
      name = "decisions",
      calls = { "rulebook", "ledger", "records", "graph" },
      most = { rule_faults = 0.1 },
      among = { rule_faults = 10 },
    },
    { name = "rulebook", calls = {} },
    { name = "ledger", calls = { "store" } },
    { name = "records", calls = { "store" } },
    { name = "graph", calls = { "store" } },
    { name = "identity", calls = { "decisions", "venice", "store" } },
    { name = "payments", calls = { "decisions", "ledger", "stripe", "venice", "store" } },
    { name = "venice", calls = {} },
    { name = "stripe", calls = {} },
    -- A store that is this slow, in seconds, isn't healthy: decisions with effects wait for it.
    { name = "store", calls = {}, most = { store_latency = 0.25 } },
    { name = "cache", calls = {} },
    { name = "stream", calls = { "records", "ledger" } },
    { name = "self", calls = { "decisions", "store", "venice" } },
  },

  -- Telemetry younger than this counts as seen.
  fresh_milliseconds = 60000,

  -- The interval that is forecast: between these quantiles lie nine values of ten.
  interval = { low = 0.05, high = 0.95 },

  -- A forecast is scored from the step on that has this many before it, once as many are scored.
  steps_before = 20,
  steps_scored = 20,

  -- Calibration is unknown while fewer outcomes of either kind were seen.
  outcomes = 5,

  -- What a claim assumes before it has seen how often a part stays healthy, or recovers: so many
  -- steps, of which this share were healthy after.
  prior = { steps = 2, stays = 0.95, recovers = 0.2 },

  -- A mood begins at its threshold; below the first there is none.
  moods = {
    { from = 0.3, mood = "quiet_stirring" },
    { from = 0.5, mood = "gentle_awakening" },
    { from = 0.7, mood = "growing_consciousness" },
    { from = 0.9, mood = "vibrant_awareness" },
  },
}
