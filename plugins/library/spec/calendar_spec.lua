local calendar = require "library.calendar"

---Whether a year has a leap day, as people say it.
local function leaps(year)
  return year % 4 == 0 and year % 100 ~= 0 or year % 400 == 0
end

---The day of a text that is one.
local function day_of(text)
  return assert(calendar.parse(text))
end

---An instant of UTC.
local function at(text, hour, minute)
  return day_of(text) * 86400000 + ((hour or 0) * 60 + (minute or 0)) * 60000
end

describe("the calendar", function()
  it("counts days as people do, over the ends of every month for 800 years", function()
    local lengths = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }
    local days = calendar.number(1600, 1, 1)
    assert.equal(-135140, days)
    for year = 1600, 2400 do
      for month, usual in ipairs(lengths) do
        local length = month == 2 and leaps(year) and 29 or usual
        assert.equal(days, calendar.number(year, month, 1))
        for _, day in ipairs { 1, length } do
          local y, m, d = calendar.date(days + day - 1)
          assert.is_true(y == year and m == month and d == day, calendar.text(days + day - 1))
        end
        assert.equal(length, calendar.length(year, month))
        days = days + length
      end
    end
  end)

  each({
    { text = "1970-01-01", day = 0 }, { text = "1969-12-31", day = -1 },
    { text = "2000-02-29", day = 11016 }, { text = "2026-11-29", day = 20786 },
    { text = "0001-01-01", day = -719162 },
  }, function(row)
    it("writes and reads " .. row.text, function()
      assert.equal(row.text, calendar.text(row.day))
      assert.equal(row.day, calendar.parse(row.text))
    end)
  end)

  each({
    "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-32", "2026-1-1", "x2026-01-01",
    "2026-01-01x", "20260101", "",
  }, function(text)
    it("reads no day out of '" .. text .. "'", function()
      assert.is_nil(calendar.parse(text))
    end)
  end)

  each({
    { text = "1970-01-01T00:00:00Z", instant = 0 },
    { text = "1969-12-31T23:59:59.999Z", instant = -1 },
    { text = "2026-11-29T10:00:00Z", instant = 1795946400000 },
    { text = "2026-11-29T23:59:58.250Z", instant = 1795996798250 },
    { text = "2026-11-29T10:20:30.007Z", instant = 1795947630007 },
  }, function(row)
    it("writes and reads " .. row.text, function()
      assert.equal(row.text, calendar.timestamp(row.instant))
      assert.equal(row.instant, calendar.instant(row.text))
    end)
  end)

  each({
    { text = "2026-11-29T11:00:00+01:00", same = "2026-11-29T10:00:00Z" },
    { text = "2026-11-29T00:30:00+05:45", same = "2026-11-28T18:45:00Z" },
    { text = "2026-11-29T23:59:59-23:59", same = "2026-11-30T23:58:59Z" },
    { text = "2026-11-29T23:59:59+23:59", same = "2026-11-29T00:00:59Z" },
    { text = "2026-11-29T10:00:00-00:00", same = "2026-11-29T10:00:00Z" },
    { text = "2026-11-29T10:00:00.5Z", same = "2026-11-29T10:00:00.500Z" },
    { text = "2026-11-29T10:00:00.25+00:00", same = "2026-11-29T10:00:00.250Z" },
    { text = "2026-11-29T10:00:00.123456789Z", same = "2026-11-29T10:00:00.123Z" },
    { text = "2026-11-29T10:00:00.999999999Z", same = "2026-11-29T10:00:00.999Z" },
  }, function(row)
    it("reads " .. row.text .. " as " .. row.same, function()
      assert.equal(row.same, calendar.timestamp(assert(calendar.instant(row.text))))
    end)
  end)

  each({
    "2026-02-29T10:00:00Z", "2026-11-29T24:00:00Z", "2026-11-29T10:60:00Z", "2026-11-29T10:00:60Z",
    "2026-11-29T10:00:00", "2026-11-29T10:00Z", "2026-11-29 10:00:00Z", "2026-11-29T10:00:00z",
    "2026-11-29T10:00:00.Z", "2026-11-29T10:00:00.1234567890Z", "2026-11-29T10:00:00.5",
    "2026-11-29T10:00:00+24:00", "2026-11-29T10:00:00+01:60", "2026-11-29T10:00:00+0100",
    "2026-11-29T10:00:00Z ", "2026-11-29T10:00:005Z", "x2026-11-29T10:00:00Z", "2026-11-29", "",
  }, function(text)
    it("reads no instant out of '" .. text .. "'", function()
      assert.is_nil(calendar.instant(text))
    end)
  end)

  local any_instant = generate.integer(-62135596800000, 253402300799999)
  property("reads what it writes", { any_instant }, function(instant)
    assert.equal(instant, calendar.instant(calendar.timestamp(instant)))
  end)

  it("knows the day of an instant, before 1970, too", function()
    assert.equal(0, calendar.day(86399999))
    assert.equal(1, calendar.day(86400000))
    assert.equal(-1, calendar.day(-1))
  end)

  each({
    { text = "1970-01-01", weekday = 4 }, { text = "2026-11-29", weekday = 7 },
    { text = "2026-11-30", weekday = 1 }, { text = "1969-12-31", weekday = 3 },
  }, function(row)
    it("knows the weekday of " .. row.text, function()
      assert.equal(row.weekday, calendar.weekday(day_of(row.text)))
    end)
  end)

  each({
    { from = "2026-01-31", months = 1, to = "2026-02-28" },
    { from = "2024-01-31", months = 1, to = "2024-02-29" },
    { from = "2026-11-29", months = 2, to = "2027-01-29" },
    { from = "2026-01-15", months = -1, to = "2025-12-15" },
    { from = "2026-12-31", months = -13, to = "2025-11-30" },
    { from = "2026-12-01", months = 12, to = "2027-12-01" },
  }, function(row)
    it("is " .. row.to .. " " .. row.months .. " months from " .. row.from, function()
      assert.equal(row.to, calendar.text(calendar.add_months(day_of(row.from), row.months)))
    end)
  end)
end)

describe("a zone", function()
  local venice = { offset = 60, summer = "EU" }
  local new_york = { offset = -300, summer = "US" }

  each({
    { at = at("2026-03-29", 0, 59), offset = 60 }, { at = at("2026-03-29", 1), offset = 120 },
    { at = at("2026-10-25", 0, 59), offset = 120 }, { at = at("2026-10-25", 1), offset = 60 },
    { at = at("2030-03-31", 1), offset = 120 }, { at = at("2030-03-31", 0, 59), offset = 60 },
    { at = at("2021-10-31", 0, 59), offset = 120 }, { at = at("2021-10-31", 1), offset = 60 },
    { at = at("2029-03-25", 0, 59), offset = 60 }, { at = at("2029-03-25", 1), offset = 120 },
  }, function(row)
    it("in Europe is " .. row.offset .. " minutes ahead at " .. row.at, function()
      assert.equal(row.offset, calendar.offset(row.at, venice))
    end)
  end)

  each({
    { at = at("2026-03-08", 6, 59), offset = -300 }, { at = at("2026-03-08", 7), offset = -240 },
    { at = at("2026-11-01", 5, 59), offset = -240 }, { at = at("2026-11-01", 6), offset = -300 },
    { at = at("2020-03-08", 7), offset = -240 }, { at = at("2020-11-01", 6), offset = -300 },
    { at = at("2025-11-02", 5, 59), offset = -240 }, { at = at("2027-03-07", 7), offset = -300 },
    { at = at("2027-03-14", 6, 59), offset = -300 }, { at = at("2027-03-14", 7), offset = -240 },
  }, function(row)
    it("in America is " .. row.offset .. " minutes ahead at " .. row.at, function()
      assert.equal(row.offset, calendar.offset(row.at, new_york))
    end)
  end)

  it("without summer time is always as far ahead", function()
    assert.equal(330, calendar.offset(at("2026-07-01"), { offset = 330 }))
  end)

  it("of a summer time that nobody knows has no time", function()
    ---@type any
    local zone = { offset = 330, summer = "eu" }
    assert.has_error(function()
      calendar.offset(at("2026-07-01"), zone)
    end, "a zone's summer is \"EU\" or \"US\", or left out, and not eu")
  end)

  it("shows its own day", function()
    local evening = at("2026-07-01", 22, 30)
    assert.equal("2026-07-02", calendar.text(calendar.day_in(evening, venice)))
    assert.equal("2026-07-01", calendar.text(calendar.day_in(evening, new_york)))
    assert.equal("2026-06-30", calendar.text(calendar.day_in(at("2026-07-01", 3, 59), new_york)))
  end)
end)
