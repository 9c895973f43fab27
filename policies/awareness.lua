-- How the platform scores its model of itself.
--
-- Who may change this: the host's operators, with notice to the council. What follows: the figure
-- that is published moves with the reload, though the platform did not; say so beside it.
return {
  -- Telemetry younger than this counts as seen.
  fresh_milliseconds = 60000,

  -- The platform's own series that must be forecast.
  series = { "request_rate", "p95_latency", "error_rate", "cache_hit_ratio" },

  -- A mood begins at its threshold; below the first there is none.
  moods = {
    { from = 0.3, mood = "quiet_stirring" },
    { from = 0.5, mood = "gentle_awakening" },
    { from = 0.7, mood = "growing_consciousness" },
    { from = 0.9, mood = "vibrant_awareness" },
  },
}
