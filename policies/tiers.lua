-- Social classes, subscription tiers and permissions.
--
-- Who may change this: the council of citizens, by vote. What follows: prices hold from the next
-- invoice; permissions and promotions hold for every decision after the reload. Tokens that are
-- already out keep the permissions they were issued with until they expire.
return {
  -- The ladder of classes, lowest first. Only classes that stand here can be promoted.
  ladder = { "Facchini", "Popolani", "Cittadini", "Nobili" },

  -- Tier and monthly price in whole USD; every class that is not named gets `other`.
  tiers = {
    Nobili = { tier = "enterprise", usd_per_month = 2499 },
    Cittadini = { tier = "creator", usd_per_month = 499 },
    Popolani = { tier = "participant", usd_per_month = 149 },
  },
  other = { tier = "observer", usd_per_month = 29 },

  permissions = {
    everyone = { "basic_access", "collaboration", "consciousness_stream" },
    by_class = {
      Nobili = {
        "advanced_collaboration", "governance_access", "premium_features", "treasury_view",
      },
      Cittadini = { "advanced_collaboration", "premium_features" },
      Innovatori = { "innovation_labs", "pattern_analysis" },
      Artisti = { "artwork_gallery", "creative_tools" },
    },
    -- Granted when the citizen has strictly more than `above`.
    by_influence = {
      { above = 100, permission = "influence_network" },
      { above = 500, permission = "community_leadership" },
    },
    by_ducats = {
      { above = 10000, permission = "economic_premium" },
      { above = 50000, permission = "merchant_council" },
    },
  },

  -- The first rule that matches decides; a rule never lowers a class. `above` is strict.
  promotions = {
    { fact = "influence", above = 10000, class = "Nobili" },
    { fact = "daily_income", above = 100000, class = "Cittadini" },
    { fact = "uses_land", class = "Cittadini" },
    { fact = "owns_business_building", class = "Popolani" },
    { fact = "runs_building", class = "Popolani" },
  },
}
