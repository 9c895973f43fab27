-- How the trust graph is measured.
--
-- Who may change this: the council of citizens, on the proposal of the measurement's author. What
-- follows: every level measured after the reload is on the new scale, and with it access tiers and
-- the bridge's multiplier; levels before and after are not comparable.
local PHI = require("library.rules").PHI

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

  -- What each part weighs: trust field and resonance in the pattern, which is 1 at most when both
  -- are; then pattern, cohesion and valve in the level. A level over 1 is cut to 1.
  weights = {
    field = 1 / PHI, resonance = 1 / PHI ^ 2,
    pattern = 1 / 2, cohesion = 1 / (2 * PHI), valve = 1 / (2 * PHI ^ 2),
  },

  -- A level from which commerce is ready.
  ready = 0.618,

  -- Ratio of the prefix to the rest of a node's trusts that makes it a phi node.
  phi_node = { least = 1.615, most = 1.621 },

  -- Ratios of neighbours in the Fibonacci sequence: the first is `second / first`, and a level of 1
  -- predicts this many further ones.
  crystal = { first = 13, second = 21, further_ratios = 5 },
}
