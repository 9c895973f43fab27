-- What the platform promises to those who ask it, and how fast a promise may be used up before
-- somebody is called.
--
-- Who may change this: the host's operators, with notice to the council. What follows: the rules
-- that 'cascade objectives' writes change, and Prometheus calls earlier or later from when it has
-- read them. A looser objective hides failures that citizens see.
return {
  -- Over so many days an objective is kept.
  days = 30,

  -- How a decision ends that failed through the platform's fault. A refusal is an answer.
  failures = { "runtime", "invalid_output", "fuel_exhausted", "memory_exhausted", "deadline" },

  -- Of each decision, the share that must not fail, and the share that must take at most so many
  -- seconds, which is one of the histogram's bounds.
  points = {
    { point = "access.grant", availability = 0.999, latency = { seconds = 0.01, share = 0.99 } },
    { point = "bridge.quote", availability = 0.999, latency = { seconds = 0.01, share = 0.99 } },
    { point = "tier.assign", availability = 0.999, latency = { seconds = 0.01, share = 0.99 } },
  },

  -- Somebody is called when a budget burns this many times faster than it lasts, over a long window
  -- and still over a short one (Google's Site Reliability Workbook, chapter 5). While one burns
  -- that holds activation, no signed rulebook comes into force: whoever is called goes back first
  -- ('cascade governance emergency revert'), and changes rules when the platform is calm again.
  burns = {
    { factor = 14.4, long = "1h", short = "5m", severity = "page", holds_activation = true },
    { factor = 6, long = "6h", short = "30m", severity = "page" },
    { factor = 3, long = "1d", short = "2h", severity = "ticket" },
    { factor = 1, long = "3d", short = "6h", severity = "ticket" },
  },
}
