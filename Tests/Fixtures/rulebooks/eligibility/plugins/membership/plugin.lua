local calendar = require "library.calendar"
local policy = require "policies.membership"

---Completed years from a date to today.
---@param since string a date
---@param today integer day since 1970
---@return integer
local function years(since, today)
  local count, day = 0, calendar.parse(since) --[[@as integer]]
  while calendar.add_months(day, 12 * (count + 1)) <= today do
    count = count + 1
  end
  return count
end

---Everything that keeps an applicant out, in the order in which the statutes name it.
---@param input table
---@param today integer
---@return { code: string, text: string }[]
local function reasons(input, today)
  local found = {}
  local function because(code, text) found[#found + 1] = { code = code, text = text } end
  local age, resident = years(input.born, today), years(input.resident_since, today)
  local wanted = policy.residence_years[input.tie]
  note("years of age", age)
  if age < policy.least_age then
    because("too_young", "members are at least " .. policy.least_age)
  end
  if resident < wanted then
    because("too_new", "residence of " .. wanted .. " years is needed")
  end
  for _, name in ipairs(policy.consents) do
    if not input.consents[name] then
      because("no_consent", "the " .. name .. " must be agreed to")
    end
  end
  return found
end

---@type cascade.Plugin
return {
  name = "membership",
  version = "1.0.0",
  decisions = {
    ["membership.check"] = {
      summary = "Whether somebody can become a member, what they would pay, and what is missing.",
      subject = "applicant",
      refusals = { "not_born_yet" },
      input = {
        applicant = { type = "string", min_length = 1, max_length = 80 },
        born = "date",
        resident_since = "date",
        tie = { enum = { "born", "working", "other" } },
        income = { type = "amount", min = "0.00 EUR/2", description = "In a year." },
        consents = { map = "boolean", max_items = 10 },
      },
      output = {
        eligible = "boolean",
        contribution = "amount",
        reasons = { list = { record = { code = "string", text = "string" } } },
      },
      decide = function(input, host)
        local today = calendar.day(host.now)
        if calendar.parse(input.born) > today then
          return nil, { code = "not_born_yet", message = "the date of birth lies ahead" }
        end
        local found = reasons(input, today)
        local share = input.income:convert("EUR/2", { policy.contribution }, {}, "half_up")
        local least = amount(policy.least_contribution)
        return {
          eligible = #found == 0, contribution = share < least and least or share, reasons = found,
        }
      end,
    },
  },
}
