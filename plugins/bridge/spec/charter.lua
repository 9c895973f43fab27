-- Whether the numbers in force are those of the charter, for which the tables in these specs were
-- computed. When the council votes others, those rows rest, and the laws must hold all the same.
local fees = require "policies.fees"

return {
  is_in_force = fees.rate == "0.10" and fees.fee == "0.025"
    and fees.uplift.daily_cap == "1000.00 USD/2",
}
