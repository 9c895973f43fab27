local policy = require "policies.payments"

local accounts = policy.accounts
local zero = amount("USD/2", 0)

---A settlement as it was booked.
local function settled(charge, fee, ducats, bonus, clearing)
  clearing = clearing or accounts.clearing
  return {
    { transfer = "t1", from = "world", to = clearing, amount = charge },
    { transfer = "t2", from = accounts.reserve, to = "citizen:alice", amount = ducats },
    { transfer = "t3", from = accounts.reserve, to = "citizen:alice:bonus", amount = bonus },
    {
      transfer = "t4", from = clearing, to = accounts.bridge_dollars, amount = charge - fee,
    },
    { transfer = "t5", from = clearing, to = accounts.fees_dollars, amount = fee },
  }
end

local plain = settled(
  amount("100.00 USD/2"), amount("2.50 USD/2"), amount("1000.00 DUC/2"), amount("75.00 DUC/2"))

local rich = {
  ["citizen:alice"] = amount("1000.00 DUC/2"), ["citizen:alice:bonus"] = amount("75.00 DUC/2"),
  [accounts.bridge_dollars] = amount("97.50 USD/2"), [accounts.fees_dollars] = amount("2.50 USD/2"),
}

local function reverse(lost, before, postings, balances)
  postings = postings or plain
  return decide("payment.reverse", {
    payment = "p-1", charge = postings[1].amount, lost = lost, lost_before = before or zero,
    postings = postings,
  }, { ledger = { balances = balances or rich } })
end

describe("payment.reverse", function()
  it("takes everything back in reverse order", function()
    local result = reverse(amount("100.00 USD/2"))
    local order = {}
    for place, line in ipairs(result.reversals) do
      order[place] = line.transfer
    end
    assert.same({ "t5", "t4", "t3", "t2", "t1" }, order)
    assert.equal(accounts.fees_dollars, result.reversals[1].from)
    assert.equal(accounts.clearing, result.reversals[1].to)
    assert.equal(amount("1000.00 DUC/2"), result.reversals[4].amount)
    assert.equal("world", result.reversals[5].to)
    assert.equal(0, #result.overdrafts)
  end)

  it("takes a part back, ducats rounded up and dollars to the cent", function()
    local result = reverse(amount("33.33 USD/2"))
    assert.equal(amount("0.83 USD/2"), result.reversals[1].amount)
    assert.equal(amount("32.50 USD/2"), result.reversals[2].amount)
    assert.equal(amount("25.00 DUC/2"), result.reversals[3].amount)
    assert.equal(amount("333.30 DUC/2"), result.reversals[4].amount)
    assert.equal(amount("33.33 USD/2"), result.reversals[5].amount)
  end)

  it("takes a part of each back, rounded up, where nothing came in", function()
    local result = reverse(amount("0.01 USD/2"), zero, {
      {
        transfer = "t1", from = accounts.suspense, to = accounts.bridge_dollars,
        amount = amount("50.00 USD/2"),
      },
      {
        transfer = "t2", from = accounts.suspense, to = accounts.fees_dollars,
        amount = amount("0.50 USD/2"),
      },
    })
    assert.equal(2, #result.reversals)
    for _, line in ipairs(result.reversals) do
      assert.equal(amount("0.01 USD/2"), line.amount)
      assert.equal(accounts.suspense, line.to)
    end
  end)

  it("books what is missing to a receivable account", function()
    local balances = {
      ["citizen:alice"] = amount("400.00 DUC/2"),
      [accounts.bridge_dollars] = amount("97.50 USD/2"),
      [accounts.fees_dollars] = amount("-1.00 USD/2"),
    }
    local result = reverse(amount("100.00 USD/2"), zero, plain, balances)
    local owed = {}
    for _, line in ipairs(result.reversals) do
      if line.from:find("^receivable:") then
        owed[line.from] = line.amount
      end
    end
    assert.equal(amount("600.00 DUC/2"), owed["receivable:citizen:alice"])
    assert.equal(amount("75.00 DUC/2"), owed["receivable:citizen:alice:bonus"])
    assert.equal(amount("2.50 USD/2"), owed["receivable:" .. accounts.fees_dollars])
    assert.equal(3, #result.overdrafts)
  end)

  it("takes from a closed account nothing: what it has is owed all the same", function()
    local postings = {}
    for place, posting in ipairs(plain) do
      postings[place] = {}
      for name, value in pairs(posting) do
        postings[place][name] = value
      end
      postings[place].closed = posting.to == "citizen:alice" or nil
    end
    local result = reverse(amount("50.00 USD/2"), zero, postings)
    local taken = {}
    for _, line in ipairs(result.reversals) do
      taken[line.from] = line.amount
    end
    assert.is_nil(taken["citizen:alice"])
    assert.equal(amount("500.00 DUC/2"), taken["receivable:citizen:alice"])
    assert.equal(amount("37.50 DUC/2"), taken["citizen:alice:bonus"])
    assert.same({
      {
        account = "receivable:citizen:alice", limit = amount(policy.receivable_limit["DUC/2"]),
      },
    }, result.overdrafts)
  end)

  it("leaves nothing on a clearing account that has another name today", function()
    local postings = settled(
      amount("100.00 USD/2"), amount("2.50 USD/2"), amount("1000.00 DUC/2"),
      amount("75.00 DUC/2"), "clearing:of-that-time")
    local left = zero
    for _, line in ipairs(reverse(amount("33.33 USD/2"), zero, postings).reversals) do
      if line.to == "clearing:of-that-time" then
        left = left + line.amount
      elseif line.to == "world" then
        left = left - line.amount
      end
    end
    assert.equal(zero, left)
  end)

  it("takes a suspended payment back", function()
    local whole = amount("9.00 USD/2")
    local postings = {
      { transfer = "t1", from = "world", to = accounts.clearing, amount = whole },
      { transfer = "t2", from = accounts.clearing, to = accounts.suspense, amount = whole },
    }
    local result = reverse(amount("9.00 USD/2"), zero, postings, {
      [accounts.suspense] = amount("9.00 USD/2"),
    })
    assert.equal(2, #result.reversals)
    assert.equal(accounts.suspense, result.reversals[1].from)
  end)

  it("finds where the money came in wherever that stands", function()
    local bridge, fees = accounts.bridge_dollars, accounts.fees_dollars
    local postings = {
      { transfer = "t1", from = accounts.clearing, to = bridge, amount = amount("1.00 USD/2") },
      { transfer = "t2", from = accounts.clearing, to = fees, amount = amount("0.50 USD/2") },
      { transfer = "t3", from = "world", to = accounts.clearing, amount = amount("1.50 USD/2") },
    }
    local result = decide("payment.reverse", {
      payment = "p-1", charge = amount("1.50 USD/2"), lost = amount("0.50 USD/2"),
      lost_before = zero, postings = postings,
    }, { ledger = { balances = {
      [bridge] = amount("1.00 USD/2"), [fees] = amount("0.50 USD/2"),
      [accounts.clearing] = amount("0.50 USD/2"),
    } } })
    assert.equal(amount("0.16 USD/2"), result.reversals[2].amount)
    assert.equal(amount("0.34 USD/2"), result.reversals[3].amount)
  end)

  it("takes back money that was shared out to nobody", function()
    local postings = {
      { transfer = "t1", from = "world", to = accounts.clearing, amount = amount("9.00 USD/2") },
    }
    local result = reverse(amount("9.00 USD/2"), zero, postings, {
      [accounts.clearing] = amount("9.00 USD/2"),
    })
    assert.equal(1, #result.reversals)
  end)

  it("takes from an account once what it has, and books a missing cent", function()
    local part = amount("1.00 USD/2")
    local postings = {
      { transfer = "t1", from = "world", to = accounts.clearing, amount = part + part },
      { transfer = "t2", from = accounts.clearing, to = accounts.bridge_dollars, amount = part },
      { transfer = "t3", from = accounts.clearing, to = accounts.bridge_dollars, amount = part },
    }
    local owing = "receivable:" .. accounts.bridge_dollars
    local result = reverse(part + part, zero, postings, {
      [accounts.bridge_dollars] = amount("1.99 USD/2"),
    })
    assert.same({
      { transfer = "t3", from = accounts.bridge_dollars, to = accounts.clearing, amount = part },
      {
        transfer = "t2", from = accounts.bridge_dollars, to = accounts.clearing,
        amount = amount("0.99 USD/2"),
      },
      { transfer = "t2", from = owing, to = accounts.clearing, amount = amount("0.01 USD/2") },
      { transfer = "t1", from = accounts.clearing, to = "world", amount = part + part },
    }, result.reversals)
    assert.equal(1, #result.overdrafts)
  end)

  each({
    { name = "nothing", lost = zero, before = zero },
    { name = "no more than before", lost = amount("5.00 USD/2"), before = amount("5.00 USD/2") },
    { name = "a negative loss before", lost = zero, before = -amount("0.01 USD/2") },
    { name = "more than was paid", lost = amount("100.01 USD/2"), before = zero },
  }, function(row)
    it("refuses " .. row.name, function()
      assert.refused("nothing_to_reverse", function()
        reverse(row.lost, row.before)
      end, "no more is lost than was taken back already")
    end)
  end)

  property("any steps come to the whole, each of them balanced", {
    generate.integer(1, 1000000), generate.integer(0, 100), generate.integer(1, 10000000),
    generate.integer(1, 1000000), generate.integer(1, 1000000),
  }, function(charge, fee, ducats, a, b)
    local whole = amount("USD/2", charge)
    local postings = settled(
      whole, amount("USD/2", charge * fee // 200), amount("DUC/2", ducats), amount("DUC/2", 0))
    local stops = { a % charge, b % charge, charge }
    table.sort(stops)
    local sums, before = {}, zero
    for _, stop in ipairs(stops) do
      local lost = amount("USD/2", stop)
      if before < lost then
        local clearing = zero
        for _, line in ipairs(reverse(lost, before, postings, {}).reversals) do
          assert.is_true(line.amount.minor > 0)
          sums[line.transfer] = (sums[line.transfer] or 0) + line.amount.minor
          if line.to == accounts.clearing then
            clearing = clearing + line.amount
          elseif line.transfer == "t1" then
            clearing = clearing - line.amount
          end
        end
        assert.equal(zero, clearing)
        before = lost
      end
    end
    for _, posting in ipairs(postings) do
      assert.equal(posting.amount.minor, sums[posting.transfer] or 0)
    end
  end)
end)
