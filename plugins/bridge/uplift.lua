local calendar = require "library.calendar"
local fees = require "policies.fees"
local names = require "policies.names"
local rules = require "library.rules"

local M = {}

---The UTC day of an instant as YYYYMMDD.
---@param now integer milliseconds since 1970
---@return string
function M.day(now)
  return string.format("%04d%02d%02d", calendar.date(calendar.day(now)))
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
  note("left of the citizen's daily cap", today + amount(fees.uplift.daily_cap))
  return uplift <= today + amount(fees.uplift.daily_cap)
end

return M
