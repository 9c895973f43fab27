local charter = require "spec.charter"
local quote = require "quote"
local uplift = require "uplift"

-- Rows that were computed for the charter's numbers rest while others are in force.
local it = charter.is_in_force and it or function(name)
  pending(name, "computed for the charter's fee, rate and cap")
end

describe("the multiplier", function()
  each({
    { level = 0, m = "1.000000" },
    { level = 0.25, m = "1.127838" },
    { level = 0.5, m = "1.272020" },
    { level = 0.618034, m = "1.346361" },
    { level = 0.75, m = "1.434633" },
    { level = 1, m = "1.618034" },
  }, function(row)
    it("of " .. row.level .. " is " .. row.m, function()
      assert.equal(row.m, quote.multiplier(row.level))
    end)
  end)

  property("never falls as the level rises", {
    generate.number(0, 1), generate.number(0, 1),
  }, function(a, b)
    local low, high = math.min(a, b), math.max(a, b)
    assert.is_true(tonumber(quote.multiplier(low)) <= tonumber(quote.multiplier(high)))
  end)
end)

describe("the arithmetic of a sale at multiplier 1", function()
  each({
    { 9, 0, 0, 0 }, { 10, 1, 1, 0 }, { 390, 39, 1, 38 }, { 400, 40, 1, 39 },
    { 410, 41, 2, 39 }, { 12345, 1234, 31, 1203 },
    { 999999999999999, 99999999999999, 2500000000000, 97499999999999 },
  }, function(row)
    it("takes " .. row[1] .. " to " .. row[4], function()
      local parts = quote.sell(amount("DUC/2", row[1]), "0.10", "1.000000")
      assert.equal(row[2], parts.gross.minor)
      assert.equal(row[3], parts.fee.minor)
      assert.equal(row[4], parts.net.minor)
    end)
  end)
end)

describe("the day of a cap", function()
  each({
    { now = 0, day = "19700101" },
    { now = 86399999, day = "19700101" },
    { now = 86400000, day = "19700102" },
    { now = 951782400000, day = "20000229" },
    { now = 1700000000000, day = "20231114" },
    { now = 1709164800000, day = "20240229" },
    { now = 1735689599999, day = "20241231" },
    { now = 4107542400000, day = "21000301" },
  }, function(row)
    it("of " .. row.now .. " is " .. row.day, function()
      assert.equal(row.day, uplift.day(row.now))
    end)
  end)

  it("is that of the calendar on the first and last of every month for 430 years", function()
    local lengths, days = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }, 0
    local function is(day, year, month, of_month)
      local written = string.format("%04d%02d%02d", year, month, of_month)
      assert.equal(written, uplift.day(day * 86400000))
    end
    for year = 1970, 2400 do
      local leaps = year % 4 == 0 and year % 100 ~= 0 or year % 400 == 0
      for month, usual in ipairs(lengths) do
        local length = month == 2 and leaps and 29 or usual
        is(days, year, month, 1)
        is(days + length - 1, year, month, length)
        days = days + length
      end
    end
  end)
end)
