local charter = require "spec.charter"
local fees = require "policies.fees"
local names = require "policies.names"
local policy = require "policies.payments"
local quote = require "quote"

local accounts = policy.accounts
local zero = amount("USD/2", 0)
local much = amount("90000000000.00 USD/2")
local plenty = { ledger = { balances = { [fees.uplift.reserve] = much } } }
local today = "uplift:alice:20231114"

-- Rows that were computed for the charter's numbers rest while others are in force.
local charter_it = charter.is_in_force and it or function(name)
  pending(name, "computed for the charter's fee, rate and cap")
end

---A host on 14 November 2023 where a citizen has some ducats, and the bridge has money for them.
local function rich(ducats)
  return {
    now = 1700000000000,
    ledger = {
      balances = {
        ["citizen:alice"] = ducats,
        [accounts.bridge_dollars] = much,
        [fees.uplift.reserve] = much,
      },
      floors = { [today] = -amount(fees.uplift.daily_cap) },
    },
  }
end

---A quote and the sale on it.
local function sell(minor, level, changes)
  local wanted = amount("DUC/2", minor)
  local given = decide("bridge.quote", {
    side = "sell", amount = wanted, level = level, citizen = "alice",
  }, plenty)
  local input = {
    payment = "p-1", citizen = "alice", amount = wanted, rate = given.rate,
    multiplier = given.multiplier, gross = given.gross, fee = given.fee, net = given.net,
    uplift = given.uplift, generation = 7, decision = "d-1",
  }
  for name, value in pairs(changes or {}) do
    input[name] = value
  end
  local result, effects = decide("bridge.sell", input, rich(wanted))
  return result, given, effects
end

---A posting of the sale, as the ledger is asked for it.
local function asked(from, to, money, given)
  return {
    call = "ledger.post", from = from, to = to, amount = money, code = "sale", reference = "p-1",
    metadata = {
      payment = "p-1", rate = given.rate, multiplier = given.multiplier, generation = "7",
      decision = "d-1",
    },
  }
end

---What each account gains, in minor units by asset.
local function gains(postings)
  local sums = {}
  for _, posting in ipairs(postings) do
    local minor = posting.amount.minor
    for account, change in pairs { [posting.from] = -minor, [posting.to] = minor } do
      sums[account] = (sums[account] or 0) + change
    end
  end
  return sums
end

describe("bridge.sell", function()
  it("names the account of the day and its cap", function()
    assert.same({
      { account = today, limit = amount(fees.uplift.daily_cap) },
    }, sell(100000, 1).overdrafts)
  end)

  charter_it("asks the ledger for exactly what it says", function()
    local result, given, effects = sell(100000, 1)
    local plain = quote.sell(amount("1000.00 DUC/2"), given.rate, quote.PLAIN).gross
    local lifted = given.gross - plain
    assert.same({
      asked("citizen:alice", accounts.bridge_ducats, amount("1000.00 DUC/2"), given),
      asked(accounts.bridge_dollars, "payable:alice", plain, given),
      asked(today, "payable:alice", lifted, given),
      asked(fees.uplift.reserve, accounts.uplift_settled, lifted, given),
      asked("payable:alice", accounts.fees_dollars, given.fee, given),
    }, effects)
    assert.equal(given.net, result.payout)
    assert.equal(given.fee, result.fee)
    for place, effect in ipairs(effects) do
      local told = result.postings[place]
      assert.same({ from = effect.from, to = effect.to, amount = effect.amount }, told)
    end
  end)

  each({
    { name = "a citizen who has less", balances = { ["citizen:alice"] = amount("999.99 DUC/2") } },
    { name = "a bridge that has less", balances = { [accounts.bridge_dollars] = zero } },
    { name = "a reserve that has less", balances = { [fees.uplift.reserve] = zero } },
  }, function(row)
    charter_it("is refused by the ledger to " .. row.name, function()
      local given = decide("bridge.quote", {
        side = "sell", amount = amount("1000.00 DUC/2"), level = 1, citizen = "alice",
      }, plenty)
      local fakes = rich(amount("1000.00 DUC/2"))
      for account, balance in pairs(row.balances) do
        fakes.ledger.balances[account] = balance
      end
      assert.refused("exceeds_credits", function()
        decide("bridge.sell", {
          payment = "p-1", citizen = "alice", amount = amount("1000.00 DUC/2"),
          rate = given.rate, multiplier = given.multiplier, gross = given.gross,
          fee = given.fee, net = given.net, uplift = given.uplift, generation = 7,
          decision = "d-1",
        }, fakes)
      end)
    end)
  end)

  charter_it("is suspended while its ducats are bought for less than it pays", function()
    -- Quoted at 0.10, the bridge pays 97.50, and the reserve what a level of 1 adds. Of the fee on
    -- both, the bridge pays all.
    local wanted = amount("1000.00 DUC/2")
    for _, row in ipairs { { level = 0, pays = "97.50" }, { level = 1, pays = "95.95" } } do
      local given = decide("bridge.quote", {
        side = "sell", amount = wanted, level = row.level, citizen = "alice",
      }, plenty)
      local function carry_out()
        return decide("bridge.sell", {
          payment = "p-1", citizen = "alice", amount = wanted, rate = given.rate,
          multiplier = given.multiplier, gross = given.gross, fee = given.fee, net = given.net,
          uplift = given.uplift, generation = 7, decision = "d-1",
        }, rich(wanted))
      end
      with_policy("fees", { rate = "0.0952" }, function()
        assert.equal(given.net, carry_out().payout)
      end)
      with_policy("fees", { rate = "0.05" }, function()
        assert.refused("offer_suspended", carry_out, "the sale pays " .. row.pays .. " USD/2 for "
          .. "ducats that cost 51.25 USD/2 at a rate of 0.05; ask for another quote")
      end)
    end
  end)

  it("is refused by the ledger beyond the day's cap", function()
    local fakes = rich(amount("1000.00 DUC/2"))
    local plain = quote.sell(amount("1000.00 DUC/2"), "0.10", quote.PLAIN)
    local gross = plain.gross + amount(fees.uplift.daily_cap) + amount("0.01 USD/2")
    assert.refused("exceeds_credits", function()
      decide("bridge.sell", {
        payment = "p-1", citizen = "alice", amount = amount("1000.00 DUC/2"), rate = "0.10",
        multiplier = "1.618034", gross = gross, fee = zero, net = gross, uplift = "granted",
        generation = 7, decision = "d-1",
      }, fakes)
    end)
  end)

  charter_it("has no uplift at multiplier 1", function()
    local result, given, effects = sell(100000, 0)
    assert.equal(0, #result.overdrafts)
    assert.same({
      asked("citizen:alice", accounts.bridge_ducats, amount("1000.00 DUC/2"), given),
      asked(accounts.bridge_dollars, "payable:alice", given.gross, given),
      asked("payable:alice", accounts.fees_dollars, given.fee, given),
    }, effects)
    assert.equal(3, #result.postings)
  end)

  it("leaves out legs of nothing", function()
    local result = sell(100, 0)
    for _, posting in ipairs(result.postings) do
      assert.is_true(posting.amount.minor > 0)
    end
  end)

  each({
    {
      name = "of dollars", change = { amount = amount("5.00 USD/2") }, text = "a sale is of ducats",
    },
    {
      name = "of nothing", change = { amount = amount("0.00 DUC/2") }, text = "a sale is of ducats",
    },
    {
      name = "whose parts don't add up", change = { fee = zero },
      text = "gross is not fee and net",
    },
    {
      name = "with a fee below nothing", text = "gross is not fee and net",
      change = {
        gross = amount("100.00 USD/2"), fee = -amount("0.01 USD/2"), net = amount("100.01 USD/2"),
      },
    },
    {
      name = "with a net below nothing", text = "gross is not fee and net",
      change = {
        gross = amount("100.00 USD/2"), fee = amount("100.01 USD/2"), net = -amount("0.01 USD/2"),
      },
    },
    {
      name = "with a gain nobody granted", change = { uplift = "none" },
      text = "the gross is not that of a quote",
    },
    {
      name = "below the plain price", change = { amount = amount("5000.00 DUC/2") },
      text = "the gross is not that of a quote",
    },
  }, function(row)
    it("refuses a sale " .. row.name, function()
      assert.refused("not_a_quote", function() sell(100000, 1, row.change) end, row.text)
    end)
  end)

  it("refuses a sale from the bonus account", function()
    assert.refused("not_a_citizen", function()
      sell(100000, 1, { citizen = "alice:bonus" })
    end, "'alice:bonus' is no citizen's name")
  end)

  it("names the account of the day for an uplift of a cent", function()
    local result, given = sell(100, 0.2)
    assert.equal(amount("0.11 USD/2"), given.gross)
    assert.equal(1, #result.overdrafts)
  end)

  it("carries out what was quoted before the minimum rose, down to the least there is", function()
    local less = amount(fees.minimum[names.ducat]).minor - 1
    for _, minor in ipairs { 1, math.max(1, less) } do
      local wanted = amount("DUC/2", minor)
      local parts = quote.sell(wanted, "0.10", quote.PLAIN)
      local result = decide("bridge.sell", {
        payment = "p-1", citizen = "alice", amount = wanted, rate = "0.10",
        multiplier = quote.PLAIN, gross = parts.gross, fee = parts.fee, net = parts.net,
        uplift = "none", generation = 7, decision = "d-1",
      }, rich(wanted))
      assert.equal(parts.net, result.payout)
    end
  end)

  property("sums to zero in each asset, and the reserve gives what the citizen gains", {
    generate.integer(100, 1000000), generate.number(0, 1),
  }, function(minor, level)
    local _, given, effects = sell(minor, level)
    local sums = gains(effects)
    local plain = quote.sell(amount("DUC/2", minor), given.rate, quote.PLAIN)
    local lifted = (given.gross - plain.gross).minor
    assert.equal(-minor, sums["citizen:alice"])
    assert.equal(minor, sums[accounts.bridge_ducats])
    assert.equal(given.net.minor, sums["payable:alice"] or 0)
    assert.equal(given.fee.minor, sums[accounts.fees_dollars] or 0)
    assert.equal(-lifted, sums[fees.uplift.reserve] or 0)
    assert.equal(lifted, sums[accounts.uplift_settled] or 0)
    assert.equal(-plain.gross.minor, sums[accounts.bridge_dollars] or 0)
    local total = 0
    for _, change in pairs(sums) do
      total = total + change
    end
    assert.equal(0, total)
  end)
end)
