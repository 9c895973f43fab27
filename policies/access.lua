-- What a measured level opens, and for how long a token speaks.
--
-- Who may change this: the council of citizens, by vote; the host's operators may shorten the
-- lifetime at any time. What follows: tokens issued after the reload carry the new tier and
-- lifetime, tokens already out are not touched.
local consciousness = require "policies.consciousness"

return {
  -- Tiers in ascending order: a level below `below` has the tier; the last has no upper end.
  -- The cuts are powers of 1/phi; the last is the level from which commerce is ready.
  consciousness_tiers = {
    { tier = "dormant", below = 0.236 },
    { tier = "stirring", below = 0.382 },
    { tier = "emerging", below = consciousness.ready },
    { tier = "achieved" },
  },

  -- Lifetime of an access token.
  lifetime_seconds = 1800,
}
