-- Days, weekdays, months and zones, as plain arithmetic: the same on every machine and in every
-- replay. A day is its number since 1 January 1970; an instant is milliseconds since then, in UTC.
local M = {}

M.MILLISECONDS_PER_DAY = 86400000

local MILLISECONDS_PER_MINUTE = 60000
local DAYS_PER_ERA = 146097 -- 400 years
local DAYS_TO_1970 = 719468 -- since 1 March of the year 0

---The day of an instant.
---@param instant integer milliseconds since 1970
---@return integer day
function M.day(instant)
  return instant // M.MILLISECONDS_PER_DAY
end

---The number of a date (Hinnant's days from civil: years begin in March, so that a leap day is
---the last of its year).
---@param year integer
---@param month integer 1 to 12
---@param day integer 1 to 31
---@return integer day since 1970
function M.number(year, month, day)
  if month <= 2 then
    year = year - 1
  end
  local era = year // 400
  local year_of_era = year - era * 400
  local day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
  local day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
  return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970
end

---Year, month and day of a day's number.
---@param day integer since 1970
---@return integer year, integer month, integer day_of_month
function M.date(day)
  local days = day + DAYS_TO_1970
  local era = days // DAYS_PER_ERA
  local day_of_era = days - era * DAYS_PER_ERA
  local year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524
    - day_of_era // 146096) // 365
  local day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
  local shifted_month = (5 * day_of_year + 2) // 153
  local month = (shifted_month + 2) % 12 + 1
  local year = year_of_era + era * 400 + (month <= 2 and 1 or 0)
  return year, month, day_of_year - (153 * shifted_month + 2) // 5 + 1
end

---How many days a month has.
---@param year integer
---@param month integer 1 to 12
---@return integer
function M.length(year, month)
  return M.number(year, month + 1, 1) - M.number(year, month, 1)
end

---A day as ISO text: 2026-11-29.
---@param day integer since 1970
---@return string
function M.text(day)
  return string.format("%04d-%02d-%02d", M.date(day))
end

---The day of an ISO text; nil when it is none, or no day of the calendar.
---@param text string
---@return integer|nil day
function M.parse(text)
  local year, month, day = text:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)$")
  if year == nil then
    return nil
  end
  local number = M.number(
    tonumber(year) --[[@as integer]], tonumber(month) --[[@as integer]],
    tonumber(day) --[[@as integer]])
  if M.text(number) == text then
    return number
  end
  return nil
end

---The number that digits are; nil when there are none, or it is over the most.
---@param digits string|nil
---@param most integer
---@return integer|nil
local function at_most(digits, most)
  local number = tonumber(digits) --[[@as integer|nil]]
  if number == nil or number > most then
    return nil
  end
  return number
end

---How far the clock of a timestamp is ahead of UTC.
---@param text string what it ends with: Z or +01:00
---@return integer|nil minutes
local function ahead(text)
  if text == "Z" then
    return 0
  end
  local sign, hours, minutes = text:match("^([+-])(%d%d):(%d%d)$")
  local hour, minute = at_most(hours, 23), at_most(minutes, 59)
  if hour == nil or minute == nil then
    return nil
  end
  local distance = hour * 60 + minute
  return sign == "-" and -distance or distance
end

---The instant of a timestamp, such as a field of that type takes: 2026-11-29T10:00:00Z, also with
---up to 9 decimals of the second, and with +01:00 for the Z. Nil when it is none. What is finer
---than a millisecond is cut off.
---@param text string
---@return integer|nil instant milliseconds since 1970
function M.instant(text)
  local date, hours, minutes, seconds, ending = text:match("^(.+)T(%d%d):(%d%d):(%d%d)(.+)$")
  if date == nil then
    return nil
  end
  local rest = ending --[[@as string]]
  local decimals, zone = rest:match("^%.(%d+)(.+)$")
  decimals, zone = decimals or "", zone or rest
  local day, offset = M.parse(date), ahead(zone)
  local hour, minute, second = at_most(hours, 23), at_most(minutes, 59), at_most(seconds, 59)
  if day == nil or offset == nil or hour == nil or minute == nil or second == nil
    or #decimals > 9 then
    return nil
  end
  local thousandths = tonumber((decimals .. "000"):match("^%d%d%d")) --[[@as integer]]
  return ((day * 1440 + hour * 60 + minute - offset) * 60 + second) * 1000 + thousandths
end

---An instant as a timestamp, in UTC and with decimals where it has some: 2026-11-29T10:00:00.250Z.
---@param instant integer milliseconds since 1970
---@return string
function M.timestamp(instant)
  local second = instant // 1000
  local thousandths = instant % 1000
  return string.format("%sT%02d:%02d:%02d%sZ", M.text(M.day(instant)),
    second // 3600 % 24, second // 60 % 60, second % 60,
    thousandths == 0 and "" or string.format(".%03d", thousandths))
end

---The weekday, from 1 for Monday to 7 for Sunday.
---@param day integer since 1970
---@return integer
function M.weekday(day)
  return (day + 3) % 7 + 1
end

---The same day some months later, or the last of that month where it has no such day.
---@param day integer since 1970
---@param months integer negative for earlier
---@return integer day
function M.add_months(day, months)
  local year, month, day_of_month = M.date(day)
  local place = year * 12 + month - 1 + months
  year, month = place // 12, place % 12 + 1
  return M.number(year, month, math.min(day_of_month, M.length(year, month)))
end

---The first Sunday of a month that isn't before a day of it.
---@param year integer
---@param month integer
---@param from integer day of the month
---@return integer day since 1970
local function sunday(year, month, from)
  local day = M.number(year, month, from)
  return day + 7 - M.weekday(day)
end

-- When summer time holds, by its rule: from and until, in minutes of UTC since 1970. `offset` is
-- the zone's own, in minutes east.
local SUMMER = {
  -- The last Sundays of March and October, at 1:00 UTC.
  EU = function(year)
    return sunday(year, 3, 25) * 1440 + 60, sunday(year, 10, 25) * 1440 + 60
  end,
  -- The second Sunday of March and the first of November, at 2:00 of the clock on the wall.
  US = function(year, offset)
    return sunday(year, 3, 8) * 1440 + 120 - offset, sunday(year, 11, 1) * 1440 + 60 - offset
  end,
}

---How far the clock of a zone is ahead of UTC at an instant.
---@param instant integer milliseconds since 1970
---@param zone { offset: integer, summer: "EU"|"US"|nil } minutes east, and the rule of summer time
---@return integer minutes
function M.offset(instant, zone)
  if zone.summer == nil then
    return zone.offset
  end
  local rule = SUMMER[zone.summer]
  if rule == nil then
    error("a zone's summer is \"EU\" or \"US\", or left out, and not " .. tostring(zone.summer), 2)
  end
  local from, till = rule(M.date(M.day(instant)), zone.offset)
  local minute = instant // MILLISECONDS_PER_MINUTE
  return zone.offset + (from <= minute and minute < till and 60 or 0)
end

---The day that the calendar of a zone shows at an instant.
---@param instant integer milliseconds since 1970
---@param zone { offset: integer, summer: "EU"|"US"|nil }
---@return integer day
function M.day_in(instant, zone)
  return M.day(instant + M.offset(instant, zone) * MILLISECONDS_PER_MINUTE)
end

return M
