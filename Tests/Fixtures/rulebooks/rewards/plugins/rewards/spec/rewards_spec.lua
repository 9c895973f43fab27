local function pay(citizen, deed, balances, now)
  local all = { ["rewards:pool"] = "100.00 PTS/2", ["rewards:counter"] = "1000 REWARD" }
  for name, text in pairs(balances or {}) do
    all[name] = text
  end
  return decide("rewards.pay", { citizen = citizen, deed = deed }, {
    now = now or "2026-11-29T10:00:00Z", ledger = { balances = all },
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
      assert.same({ paid = amount(row[2]), left_today = 2 }, result)
      assert.same({
        post("rewards:pool", "points:ada", row[2], "reward for " .. row[1]),
        post("rewards:pool", "rewards:fund", row[3], "reward for " .. row[1]),
        post("rewards:counter", "rewarded:ada:2026-11-29", "1 REWARD"),
      }, effects)
    end)
  end)

  it("pays anybody, whatever the name", function()
    local _, effects = pay("Zoë B.", "answer")
    assert.equal("points:Zo-_c3-_ab-_20B-_2e", effects[1].to)
  end)

  it("pays three times a day, and says what is left", function()
    local today = "rewarded:ada:2026-11-29"
    assert.equal(0, pay("ada", "answer", { [today] = "2 REWARD" }).left_today)
    assert.refused("limit_exceeded", function()
      pay("ada", "answer", { [today] = "3 REWARD" })
    end, "no more rewards today")
    assert.equal(2, pay("bob", "answer", { [today] = "3 REWARD" }).left_today)
  end)

  it("begins a new day by the clock of its zone", function()
    local _, effects = pay("ada", "answer", {}, "2026-11-29T23:00:00Z")
    assert.equal("rewarded:ada:2026-11-30", effects[3].to)
  end)

  it("needs a pool that can pay", function()
    local _, effects = pay("ada", "answer", { ["rewards:pool"] = "5.00 PTS/2" })
    assert.equal(3, #effects)
    assert.refused("pool_empty", function()
      pay("ada", "answer", { ["rewards:pool"] = "4.99 PTS/2" })
    end, "the pool can't pay that")
    assert.refused("pool_empty", function()
      decide("rewards.pay", { citizen = "ada", deed = "answer" }, { now = 0 })
    end)
  end)
end)
