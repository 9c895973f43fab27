local calendar = require "library.calendar"
local policy = require "policies.shipping"

---Whether parcels move on a day.
---@param day integer since 1970
---@return boolean
local function is_working(day)
  return calendar.weekday(day) <= 5 and not policy.holidays[calendar.text(day)]
end

---The first working day from a day on, and so many working days later.
---@param day integer since 1970
---@param later integer
---@return integer
local function working_day(day, later)
  while later > 0 or not is_working(day) do
    if is_working(day) then
      later = later - 1
    end
    day = day + 1
  end
  return day
end

---The day from which a parcel that is ordered now can go.
---@param now integer milliseconds since 1970
---@return integer
local function first_day(now)
  local minute = (now // 60000 + calendar.offset(now, policy.zone)) % 1440
  local today = calendar.day_in(now, policy.zone)
  return minute < policy.closes and today or today + 1
end

---@type cascade.Plugin
return {
  name = "shipping",
  version = "1.0.0",
  decisions = {
    ["shipping.quote"] = {
      summary = "What a parcel costs, when it goes, and when it arrives at the latest.",
      refusals = { "no_express" },
      input = {
        region = { enum = { "italy", "europe", "world" } },
        grams = { type = "integer", min = 1, max = 30000 },
        express = { type = "boolean", default = false },
      },
      output = { price = { type = "amount", asset = "EUR/2" }, ships = "date", arrives = "date" },
      decide = function(input, host)
        local region = policy.regions[input.region]
        if input.express and not region.express then
          return nil, { code = "no_express", message = "nothing goes there any faster" }
        end
        local kilograms = (input.grams + 999) // 1000
        local price, days = amount(region.base) + amount(region.kilogram) * kilograms, region.days
        if input.express then
          price, days = price:convert(price.asset, { policy.express }, {}, "half_up"), 1
        end
        local ships = working_day(first_day(host.now), 0)
        return {
          price = price, ships = calendar.text(ships),
          arrives = calendar.text(working_day(ships, days)),
        }
      end,
    },
  },
}
