local calendar = require "library.calendar"

-- Midnight between 29 and 30 November 2026 in Venice, in milliseconds.
local midnight = calendar.number(2026, 11, 30) * calendar.MILLISECONDS_PER_DAY - 3600000

local function pay(citizen, deed, changes)
  local given = changes or {}
  return decide("rewards.pay", { citizen = citizen, deed = deed }, {
    now = given.now or "2026-11-29T10:00:00Z", limits = given.limits,
    ledger = { balances = { ["rewards:pool"] = given.pool or "100.00 PTS/2" } },
  })
end

local function post(from, to, text, reference)
  return {
    call = "ledger.post", from = from, to = to, amount = amount(text), reference = reference,
  }
end

describe("rewards.pay", function()
  each({
    { "answer", "4.50 PTS/2", "0.50 PTS/2" }, { "review", "11.25 PTS/2", "1.25 PTS/2" },
    { "repair", "36.00 PTS/2", "4.00 PTS/2" },
  }, function(row)
    it("pays for a " .. row[1] .. ", a tenth of it to the fund, and counts", function()
      local result, effects = pay("ada", row[1])
      assert.same({ paid = amount(row[2]), left_today = 2, resets_at = midnight }, result)
      assert.same({
        { call = "limit.take", name = "rewards:ada", most = 3, per = "day", offset = 60 },
        post("rewards:pool", "points:ada", row[2], "reward for " .. row[1]),
        post("rewards:pool", "rewards:fund", row[3], "reward for " .. row[1]),
      }, effects)
    end)
  end)

  it("pays anybody, whatever the name", function()
    local _, effects = pay("Zoë B.", "answer")
    assert.equal("points:Zo-_c3-_ab-_20B-_2e", effects[2].to)
  end)

  it("pays three times a day, and says what is left", function()
    assert.equal(0, pay("ada", "answer", { limits = { ["rewards:ada"] = 2 } }).left_today)
    assert.refused("limit_exceeded", function()
      pay("ada", "answer", { limits = { ["rewards:ada"] = 3 } })
    end, "'rewards:ada' has 0 left of 3 a day")
    assert.equal(2, pay("bob", "answer", { limits = { ["rewards:ada"] = 3 } }).left_today)
  end)

  it("begins a new day by the clock of its zone, in summer, too", function()
    local result = pay("ada", "answer", { now = "2026-11-29T23:00:00Z" })
    assert.equal(midnight + calendar.MILLISECONDS_PER_DAY, result.resets_at)
    local _, effects = pay("ada", "answer", { now = "2026-07-01T12:00:00Z" })
    assert.equal(120, effects[1].offset)
  end)

  it("needs a pool that can pay", function()
    local _, effects = pay("ada", "answer", { pool = "5.00 PTS/2" })
    assert.equal(3, #effects)
    assert.refused("pool_empty", function()
      pay("ada", "answer", { pool = "4.99 PTS/2" })
    end, "the pool can't pay that")
    assert.refused("pool_empty", function()
      decide("rewards.pay", { citizen = "ada", deed = "answer" }, { now = 0 })
    end)
  end)
end)
