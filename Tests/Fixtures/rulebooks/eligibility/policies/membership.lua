-- Who may change this: the assembly, with two thirds. What follows: applications from then on are
-- held to the new numbers; members stay members.
return {
  -- Completed years of age.
  least_age = 18,
  -- Years of residence, by what ties somebody to the city.
  residence_years = { born = 0, working = 1, other = 3 },
  -- The share of the yearly income that is asked for as a contribution, and the least one.
  contribution = "0.015",
  least_contribution = "25.00 EUR/2",
  -- What must be agreed to.
  consents = { "statutes", "privacy" },
}
