local fees = require "policies.fees"
local names = require "policies.names"
local policy = require "policies.payments"
local quote = require "quote"

local accounts = policy.accounts
local zero = amount("USD/2", 0)
local plenty = { ledger = { balances = { ["reserve:uplift"] = amount("90000000000.00 USD/2") } } }

---A quote and the sale on it.
local function sell(minor, level, changes, now)
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
  return decide("bridge.sell", input, { now = now or 1700000000000 }), given
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
    local result = sell(100000, 1)
    assert.same({
      { account = "uplift:alice:20231114", limit = amount(fees.uplift.daily_cap) },
    }, result.overdrafts)
  end)

  it("has no uplift at multiplier 1", function()
    local result = sell(100000, 0)
    assert.equal(0, #result.overdrafts)
    assert.equal(3, #result.postings)
  end)

  it("leaves out legs of nothing", function()
    local result = sell(100, 0)
    for _, posting in ipairs(result.postings) do
      assert.is_true(posting.amount.minor > 0)
    end
  end)

  each({
    { name = "from the bonus account", change = { citizen = "alice:bonus" }, text = "no citizen" },
    { name = "of dollars", change = { amount = amount("5.00 USD/2") }, text = "of ducats" },
    { name = "of nothing", change = { amount = amount("0.00 DUC/2") }, text = "of ducats" },
    { name = "whose parts don't add up", change = { fee = zero }, text = "not fee and net" },
    { name = "with a gain nobody granted", change = { uplift = "none" }, text = "not that of" },
    {
      name = "below the plain price", change = { amount = amount("5000.00 DUC/2") },
      text = "not that of",
    },
  }, function(row)
    it("refuses a sale " .. row.name, function()
      assert.has_error(function() sell(100000, 1, row.change) end, row.text)
    end)
  end)

  it("carries out what was quoted before the minimum rose", function()
    local less = amount(fees.minimum[names.ducat]).minor - 1
    local wanted = amount("DUC/2", math.max(1, less))
    local parts = quote.sell(wanted, "0.10", quote.PLAIN)
    local result = decide("bridge.sell", {
      payment = "p-1", citizen = "alice", amount = wanted, rate = "0.10", multiplier = quote.PLAIN,
      gross = parts.gross, fee = parts.fee, net = parts.net, uplift = "none", generation = 7,
      decision = "d-1",
    })
    assert.equal(parts.net, result.payout)
  end)

  property("sums to zero in each asset, and the reserve gives what the citizen gains", {
    generate.integer(100, 1000000), generate.number(0, 1),
  }, function(minor, level)
    local result, given = sell(minor, level)
    local sums = gains(result.postings)
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
