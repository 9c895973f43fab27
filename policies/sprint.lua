-- What a sprint may cost, and on what.
--
-- Who may change this: the council of citizens, by vote, between two sprints. What follows: sprints
-- funded after the reload get the new envelopes; a change during a sprint would make its burn-down
-- report compare spending with a budget that was never given.
return {
  -- The backing (34 000 000 ducats when the charter was written) from which sprints are funded.
  backing = "sprint:backing",

  -- The account of an envelope is `sprint:NAME:ENVELOPE`; none can be overdrawn. Nothing is spent
  -- to an account with this prefix.
  account_prefix = "sprint:",
  -- What a sprint gets passes through `sprint:NAME:FUNDING`, which no other rule touches: when that
  -- account is there, the sprint was funded. No envelope may have this name.
  funding = "funding",
  envelopes = {
    -- Six engineers.
    { name = "team", budget = "150000.00 DUC/2" },
    -- Infrastructure and tools.
    { name = "infrastructure", budget = "30000.00 DUC/2" },
    -- Testing and quality.
    { name = "quality", budget = "20000.00 DUC/2" },
  },

  -- One milestone each week.
  weeks = 4,
}
