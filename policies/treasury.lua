-- How the treasury is shared out each day.
--
-- Who may change this: the council of citizens, by vote, after the treasurer's count. What follows:
-- the next daily redistribution pays by the new numbers. A larger `daily_share` empties the
-- treasury faster; fixed pay is owed in full, or nothing at all is paid that day.
return {
  account = "treasury",

  -- Share of the treasury that is redistributed in a day, rounded down.
  daily_share = "0.01",

  -- How that share is divided among the classes; a class without members leaves its part behind.
  classes = {
    { class = "Nobili", share = "0.40" },
    { class = "Cittadini", share = "0.30" },
    { class = "Popolani", share = "0.20" },
    { class = "Facchini", share = "0.10" },
  },

  -- What every member of these classes gets in a day.
  fixed_pay = {
    Scientisti = "2500.00 DUC/2",
    Clero = "2000.00 DUC/2",
    Innovatori = "3000.00 DUC/2",
    Ambasciatore = "5000.00 DUC/2",
  },
}
