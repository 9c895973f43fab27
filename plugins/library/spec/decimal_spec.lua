local decimal = require "library.decimal"

describe("decimals", function()
  each({
    { "0.4", "0.3", sum = "0.7", rest = "0.1" },
    { "1", "0.025", sum = "1.025", rest = "0.975" },
    { "0.975", "0.025", sum = "1", rest = "0.95" },
    { "0.1", "0.2", sum = "0.3", rest = "-0.1" },
    { "-1.5", "0.25", sum = "-1.25", rest = "-1.75" },
    { "-0.5", "0.5", sum = "0", rest = "-1" },
    { "12.5", "0.25", sum = "12.75", rest = "12.25" },
    { "10", "20", sum = "30", rest = "-10" },
    { "007", "0.10", sum = "7.1", rest = "6.9" },
    {
      "0.99999999999999999", "0.00000000000000001",
      sum = "1", rest = "0.99999999999999998",
    },
    { "999999999999999999", "0", sum = "999999999999999999", rest = "999999999999999999" },
  }, function(row)
    it("of " .. row[1] .. " and " .. row[2] .. " are exact", function()
      assert.equal(row.sum, decimal.add(row[1], row[2]))
      assert.equal(row.sum, decimal.add(row[2], row[1]))
      assert.equal(row.rest, decimal.subtract(row[1], row[2]))
    end)
  end)

  it("compare as numbers", function()
    assert.is_true(decimal.less("0.9", "0.10000000001") == false)
    assert.is_true(decimal.less("9", "10.0"))
    assert.is_true(decimal.less("-10", "-9"))
    assert.is_false(decimal.less("1.0", "1"))
  end)

  each({ "", ".5", "1.", "1.2.3", "1e3", "+1", "--1", "x", " 1" }, function(text)
    it("aren't made of '" .. text .. "'", function()
      local body = function() decimal.add(text, "1") end
      assert.has_error(body, "decimal_spec.lua:36: '" .. text .. "' is no decimal")
      assert.has_error(function() decimal.add("1", text) end, "'" .. text .. "' is no decimal")
    end)
  end)

  it("have at most 18 digits", function()
    for _, pair in ipairs {
      { "1234567890123456789", "0" }, { "0", "1234567890123456789" },
      { "10", "0.00000000000000001" }, { "0.00000000000000001", "10" },
    } do
      assert.has_error(function()
        decimal.less(pair[1], pair[2])
      end, "decimal_spec.lua:48: '" .. pair[1] .. "' and '" .. pair[2]
        .. "' have more than 18 digits")
    end
  end)
end)
