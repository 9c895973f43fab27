-- How the trust graph is measured.
--
-- Who may change this: the council of citizens, on the proposal of the measurement's author. What
-- follows: every level measured after the reload is on the new scale, and with it access tiers and
-- the bridge's multiplier; levels before and after are not comparable.
return {
  -- What is asked of the graph: nodes in a window, the trust that counts as neutral, the mean trust
  -- above which a triangle is crystallised, and how many neighbours make the trust field.
  metrics = { window = 47, neutral = 50, crystal_mean = 70, top = 4 },

  -- The rewired graphs a triangle count is held against; the seed makes the answer repeatable.
  null_model = { window = 47, samples = 200, seed = 1618033 },

  -- The trust at which the field is saturated, and the band around it.
  field_full = 99.93,
  field_band = { least = 99.93, most = 99.95 },

  -- The valve closes as the median trust leaves neutral: fully at `width`, noticed at `active`.
  valve = { width = 10, active = 1.0 },

  -- A level from which commerce is ready.
  ready = 0.618,

  -- Ratio of the prefix to the rest of a node's trusts that makes it a phi node.
  phi_node = { least = 1.615, most = 1.621 },

  -- Ratios of neighbours in the Fibonacci sequence: the first is `second / first`, and a level of 1
  -- predicts `more` further ones.
  crystal = { first = 13, second = 21, more = 5 },
}
