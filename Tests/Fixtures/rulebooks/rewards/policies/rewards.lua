-- What helping earns, and how often.
--
-- Who may change this: the treasurer. What follows: the next reward is paid by the new numbers;
-- rewards of today that were paid count still.
return {
  -- Who pays, in points. The treasurer fills it.
  pool = "rewards:pool",
  -- What a deed earns.
  deeds = { answer = "5.00 PTS/2", review = "12.50 PTS/2", repair = "40.00 PTS/2" },
  -- So many rewards a day for one citizen, by the calendar of the zone.
  most_in_a_day = 3,
  zone = { offset = 60, summer = "EU" },
  -- On the way to a citizen a part goes to the common fund.
  fund = "rewards:fund",
  parts = { "0.9", "0.1" },
}
