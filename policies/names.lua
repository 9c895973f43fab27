-- What several policies and plugins call the same thing.
--
-- Who may change this: nobody, once a ledger exists. Accounts and their assets are written into it
-- for ever, so another name here is another account there, with nothing in it.
return {
  -- The two currencies, each with its number of decimals.
  ducat = "DUC/2",
  dollar = "USD/2",
  -- Before a citizen's name: the account of their ducats.
  citizen_prefix = "citizen:",
  -- Classes that may be written with a place of origin: "Forestieri from Milano".
  classes_with_origin = { "Forestieri" },
}
