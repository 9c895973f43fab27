local fees = require "policies.fees"
local names = require "policies.names"
local rules = require "library.rules"

local M = {}

local MILLISECONDS_PER_DAY = 86400000

---The UTC day of an instant as YYYYMMDD (Hinnant's civil calendar from days).
---@param now integer milliseconds since 1970
---@return string
function M.day(now)
  local days = now // MILLISECONDS_PER_DAY + 719468
  local era = days // 146097
  local day_of_era = days - era * 146097
  local year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524
    - day_of_era // 146096) // 365
  local day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
  local shifted_month = (5 * day_of_year + 2) // 153
  local day = day_of_year - (153 * shifted_month + 2) // 5 + 1
  local month = shifted_month < 10 and shifted_month + 3 or shifted_month - 9
  local year = year_of_era + era * 400 + (month <= 2 and 1 or 0)
  return string.format("%04d%02d%02d", year, month, day)
end

---The account of a citizen's uplift of the day.
---@param host cascade.Host
---@param citizen string
---@return string
function M.account_of_today(host, citizen)
  return fees.uplift.citizen_prefix .. citizen .. ":" .. M.day(host.now)
end

---Whether both the reserve and the citizen's daily cap can pay an uplift. The citizen's account of
---the day starts at zero and goes down to minus the cap.
---@param host cascade.Host
---@param citizen string
---@param uplift cascade.Amount
---@return boolean
function M.is_covered(host, citizen, uplift)
  if uplift > rules.available(host, fees.uplift.reserve, names.dollar) then
    return false
  end
  local today = rules.available(host, M.account_of_today(host, citizen), names.dollar)
  return uplift <= today + amount(fees.uplift.daily_cap)
end

return M
