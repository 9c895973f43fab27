-- What sending a parcel costs, and when it goes.
--
-- Who may change this: the head of logistics. What follows: the next quote uses the new numbers;
-- quotes already given keep theirs.
return {
  -- Where parcels go: a price, more for each kilogram begun, working days on the way, and the
  -- zone whose clock and calendar count.
  regions = {
    italy = { base = "4.90 EUR/2", kilogram = "0.80 EUR/2", days = 2, express = true },
    europe = { base = "9.90 EUR/2", kilogram = "1.60 EUR/2", days = 4, express = true },
    world = { base = "19.90 EUR/2", kilogram = "7.20 EUR/2", days = 10, express = false },
  },
  -- The warehouse's zone, and the minute of its day from which a parcel waits for the next one.
  zone = { offset = 60, summer = "EU" },
  closes = 15 * 60,
  -- Days on which nothing moves, beside Saturdays and Sundays.
  holidays = { ["2026-12-25"] = true, ["2027-01-01"] = true },
  -- Express costs this many times as much, and arrives a working day after it went.
  express = "1.75",
}
