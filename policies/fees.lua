-- The price of money at the bridge between ducats and dollars.
--
-- Who may change this: the council of citizens, by vote; the treasurer may move `rate` within its
-- bounds. What follows: the next quote uses the new numbers, quotes already given keep theirs. A
-- higher rate or daily cap drains `reserve:uplift` faster. Numbers are decimal strings where they
-- meet money, so that no rounding happens before the one that the rule names.
local names = require "policies.names"

return {
  -- Dollars for one ducat, and the bounds between which it is governed.
  rate = "0.10",
  rate_minimum = "0.05",
  rate_maximum = "0.50",

  -- Share of the gross, taken in the destination currency and rounded up.
  fee = "0.025",

  -- The least amount that is quoted, in each currency.
  minimum = { [names.ducat] = "1.00 DUC/2", [names.dollar] = "1.00 USD/2" },

  -- An offer stands for this long, a day at most, whatever becomes of the rules meanwhile; but it
  -- is suspended while its ducats would sell for more, or be bought for less, than it says.
  quote_seconds = 300,

  -- What a sale pays beyond multiplier 1 comes from `reserve`, and for one citizen and UTC day from
  -- an account `uplift:NAME:YYYYMMDD` that can go down to minus `daily_cap`. How far down, the
  -- ledger fixes while an account isn't empty: a raised cap counts from the next UTC day for those
  -- whose account of today exists.
  uplift = {
    reserve = "reserve:uplift",
    citizen_prefix = "uplift:",
    daily_cap = "1000.00 USD/2",
  },

  -- Fixed offers: the price is the price, without multiplier or fee. Bonus ducats are credited to
  -- `citizen:NAME:bonus`, can be spent and are never sold. A package is suspended while its ducats
  -- would sell for more than it costs, as above a rate of 0.102564; `cascade check` names it.
  packages = {
    starter = { price = "10.00 USD/2", ducats = "100.00 DUC/2", bonus = "0.00 DUC/2" },
    explorer = { price = "50.00 USD/2", ducats = "500.00 DUC/2", bonus = "25.00 DUC/2" },
    trader = { price = "100.00 USD/2", ducats = "1000.00 DUC/2", bonus = "75.00 DUC/2" },
    merchant = { price = "250.00 USD/2", ducats = "2500.00 DUC/2", bonus = "250.00 DUC/2" },
    noble = { price = "500.00 USD/2", ducats = "5000.00 DUC/2", bonus = "750.00 DUC/2" },
  },

  -- A custom purchase costs at least and at most this much, before the fee. Offers outside of it
  -- are not made; those that were made are still paid for.
  custom_minimum = "10.00 USD/2",
  custom_maximum = "10000.00 USD/2",
}
