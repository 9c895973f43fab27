local plenty = { ledger = { balances = { ["reserve:uplift"] = amount("90000000000.00 USD/2") } } }
local zero = amount("USD/2", 0)

local function quote(side, wanted, level, citizen)
  return decide("bridge.quote", {
    side = side, amount = wanted, level = level, citizen = citizen,
  }, plenty)
end

local source = { sell = "DUC/2", buy = "USD/2" }
local sides = generate.one_of { "sell", "buy" }
local levels = generate.number(0, 1)
local minors = generate.integer(100, 100000000)

describe("the laws of the bridge", function()
  property("gross is fee and net", { sides, minors, levels }, function(side, minor, level)
    local result = quote(side, amount(source[side], minor), level, "alice")
    assert.equal(result.gross, result.fee + result.net)
    assert.is_true(result.net <= result.gross)
  end)

  property("splitting an amount never gains", {
    sides, generate.integer(100, 80000), generate.integer(100, 80000), levels,
  }, function(side, a, b, level)
    local first = quote(side, amount(source[side], a), level, "alice")
    local second = quote(side, amount(source[side], b), level, "alice")
    local whole = quote(side, amount(source[side], a + b), level, "alice")
    assert.equal(first.multiplier, whole.multiplier)
    assert.is_true(first.net + second.net <= whole.net)
  end)

  property("no round trip takes more than the reserve gives, also across two citizens", {
    generate.integer(1000, 100000000), levels, levels,
  }, function(minor, buyer, seller)
    local paid = amount("USD/2", minor)
    local bought = quote("buy", paid, buyer, "alice")
    local sold = quote("sell", bought.net, seller, "zoe")
    local plain = quote("sell", bought.net, 0, "zoe")
    local lifted = sold.gross - plain.gross
    assert.is_true(sold.net <= paid + lifted)
    assert.is_true(zero <= lifted)
  end)

  property("no purchase sold again takes more than the reserve gives", {
    generate.integer(1000, 100000000), levels, levels,
  }, function(minor, buyer, seller)
    local bought = quote("purchase", amount("DUC/2", minor), buyer)
    local sold = quote("sell", bought.net, seller, "zoe")
    local plain = quote("sell", bought.net, 0, "zoe")
    assert.is_true(sold.net <= bought.charge + (sold.gross - plain.gross))
  end)

  property("every asset sums to zero over all accounts", {
    generate.integer(100, 10000000), levels,
  }, function(minor, level)
    local ducats = amount("DUC/2", minor)
    local result = quote("sell", ducats, level, "alice")
    local plain = quote("sell", ducats, 0, "alice")
    local lifted = result.gross - plain.gross
    local bridge, reserve = zero - plain.gross, zero - lifted
    local fees, citizen = result.fee, result.net
    assert.equal(zero, bridge + reserve + fees + citizen)
  end)
end)
