-- Where the money of trades and payments is kept, and how long a payment may stay open.
--
-- Who may change this: the treasurer, with notice to the council. What follows: payments begun
-- after the reload use the new accounts and times; of one that is under way, the ducats stay where
-- they are held, and the money goes to the new accounts. An account that pays must have money
-- before it is named here. One that was named here stays open: refunds give back to it.
local names = require "policies.names"

return {
  accounts = {
    -- Ducats that purchases are served from, and ducats that citizens sold.
    reserve = "reserve:ducats",
    bridge_ducats = "bridge:ducats",
    -- What the bridge has in dollars: purchases fill it, sales empty it.
    bridge_dollars = "bridge:dollars",
    -- Fees, one account for each asset.
    fees_dollars = "fees:bridge",
    fees_ducats = "fees:ducats",
    -- What the payment service has collected and not yet been shared out.
    clearing = "clearing:stripe",
    -- What was collected when the ducats were no longer held; somebody must look at it.
    suspense = "suspense:stripe",
    -- The uplift that the reserve has paid for.
    uplift_settled = "uplift:settled",
    -- Followed by the name of a citizen: the dollars that sales owe them.
    payable_prefix = "payable:",
    -- Behind the account of a citizen's ducats: bonus ducats, which can be spent and never sold.
    bonus_suffix = ":bonus",
    -- Before an account that must give back what it no longer has.
    receivable_prefix = "receivable:",
  },

  -- The most that one account can be made to owe by refunds and disputes.
  receivable_limit = {
    [names.ducat] = "10000000.00 DUC/2",
    [names.dollar] = "1000000.00 USD/2",
  },

  -- The currency of a payment, as the payment service writes it.
  currency = "usd",

  -- What is said about the buyer in a payment: only those who proved who they are get this far.
  verification = "authenticated",

  -- So many payments of one citizen may wait at once: each holds ducats that others could buy.
  most_open_payments = 5,

  -- A payment that isn't paid after this long is canceled at the payment service.
  intent_seconds = 3600,

  -- Ducats are held for a week; more than a payment can stay open, with time to spare for those
  -- that are slow to come to an end.
  hold_seconds = 7 * 86400,
}
