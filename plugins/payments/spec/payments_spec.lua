local fees = require "policies.fees"
local policy = require "policies.payments"

local hold = "018bcfe5-6800-7000-8000-0000000000aa"
local bonus_hold = "018bcfe5-6800-7000-8000-0000000000ab"
local held = {
  ledger = {
    -- What the host books as come in.
    balances = { [policy.accounts.clearing] = amount("130.40 USD/2") },
    holds = {
      [hold] = {
        from = policy.accounts.reserve, to = "citizen:alice", amount = amount("1000.00 DUC/2"),
      },
      [bonus_hold] = {
        from = policy.accounts.reserve, to = "citizen:alice:bonus",
        amount = amount("75.00 DUC/2"),
      },
    },
  },
}

local function order(changes)
  local given = {
    payment = "p-1", citizen = "alice", level = 0.5, kind = "package", rate = "0.10",
    multiplier = "1.000000", ducats = amount("1000.00 DUC/2"), bonus = amount("75.00 DUC/2"),
    fee = amount("0.00 USD/2"), charge = amount("100.00 USD/2"), generation = 7, decision = "d-1",
  }
  for name, value in pairs(changes or {}) do
    given[name] = value
  end
  return given
end

local function authorize(changes)
  return decide("payment.authorize", order(changes), {
    ledger = { balances = { [policy.accounts.reserve] = amount("5000.00 DUC/2") } },
  })
end

---A hold as the ledger is asked for it.
local function asked(to, money, metadata)
  return {
    call = "ledger.hold", from = policy.accounts.reserve, to = to, amount = money,
    code = "purchase", reference = "p-1", metadata = metadata,
    timeout_seconds = policy.hold_seconds,
  }
end

describe("payment.authorize", function()
  it("doesn't take an offer whose ducats would sell for more than it costs by now", function()
    local worth = amount("1000.00 DUC/2"):convert("USD/2", { fees.rate }, {}, "ceil")
    for _, kind in ipairs { "buy", "purchase", "package" } do
      assert.equal(worth, authorize({ kind = kind, charge = worth }).charge)
      with_policy("fees", { rate = fees.rate_maximum, fee = "0.025" }, function()
        assert.refused("offer_suspended", function()
          authorize { kind = kind, charge = amount("487.49 USD/2") }
        end, "at a rate of " .. fees.rate_maximum .. " and cost 487.49 USD/2")
      end)
    end
  end)

  it("holds ducats and bonus on accounts of their own", function()
    local result, effects, ids = authorize()
    assert.same({
      asked("citizen:alice", amount("1000.00 DUC/2"), result.metadata),
      asked("citizen:alice:bonus", amount("75.00 DUC/2"), result.metadata),
    }, effects)
    assert.same(ids, result.holds)
    assert.same({
      { from = policy.accounts.reserve, to = "citizen:alice", amount = amount("1000.00 DUC/2") },
      {
        from = policy.accounts.reserve, to = "citizen:alice:bonus",
        amount = amount("75.00 DUC/2"),
      },
    }, result.postings)
  end)

  it("tells what it was asked and how long it waits", function()
    local result = authorize()
    assert.same({
      charge = amount("100.00 USD/2"), fee = amount("0.00 USD/2"), currency = policy.currency,
      ducats = amount("1000.00 DUC/2"), bonus = amount("75.00 DUC/2"),
      intent_seconds = policy.intent_seconds, holds = result.holds, postings = result.postings,
      metadata = result.metadata,
    }, result)
  end)

  it("is refused by the ledger when the reserve has less", function()
    assert.refused("exceeds_credits", function()
      decide("payment.authorize", order(), {
        ledger = { balances = { [policy.accounts.reserve] = amount("1074.99 DUC/2") } },
      })
    end)
  end)

  it("says everything to the payment service, in texts", function()
    assert.same({
      citizen = "alice", ducats = "1000.00", rate = "0.10", phi_ratio_multiplier = "1.000000",
      citizen_consciousness_level = "0.500000", payment = "p-1", generation = "7",
      decision = "d-1", venice_citizen_verification = policy.verification,
    }, authorize().metadata)
  end)

  it("lets a citizen leave so many payments open, and no more", function()
    assert.equal(2, #authorize({ open_payments = policy.most_open_payments - 1 }).holds)
    assert.refused("too_many_open", function()
      authorize { open_payments = policy.most_open_payments }
    end, "of one citizen " .. policy.most_open_payments
      .. " payments may be open; pay or cancel one first")
  end)

  it("counts no other payment where none is named", function()
    with_policy("payments", { most_open_payments = 1 }, function()
      assert.equal(2, #authorize().holds)
    end)
  end)

  it("holds no bonus where there is none", function()
    local result, effects = authorize { bonus = amount("0.00 DUC/2") }
    assert.same({
      asked("citizen:alice", amount("1000.00 DUC/2"), result.metadata),
    }, effects)
    assert.equal(1, #result.holds)
  end)

  it("holds a fee in ducats too", function()
    local result, effects = authorize {
      kind = "buy", bonus = amount("0.00 DUC/2"), fee = amount("25.00 DUC/2"),
    }
    assert.same({
      asked("citizen:alice", amount("1000.00 DUC/2"), result.metadata),
      asked(policy.accounts.fees_ducats, amount("25.00 DUC/2"), result.metadata),
    }, effects)
    assert.equal(2, #result.holds)
  end)

  it("holds longer than the payment can stay open, which is a second at least", function()
    assert.is_true(policy.hold_seconds > policy.intent_seconds)
    with_policy("payments", { intent_seconds = 1 }, function()
      assert.equal(1, authorize().intent_seconds)
    end)
    with_policy("payments", { intent_seconds = 0 }, function()
      assert.refused("invalid_output", function() authorize() end, "intent_seconds")
    end)
  end)

  each({
    { name = "a charge in ducats", change = { charge = amount("5.00 DUC/2") } },
    { name = "a charge of nothing", change = { charge = amount("0.00 USD/2") } },
    { name = "no ducats", change = { ducats = amount("0.00 DUC/2") } },
    { name = "ducats in dollars", change = { ducats = amount("5.00 USD/2") } },
    { name = "a bonus in dollars", change = { bonus = amount("5.00 USD/2") } },
    { name = "a negative bonus", change = { bonus = amount("DUC/2", -1) } },
    { name = "a negative fee", change = { fee = amount("USD/2", -1) } },
  }, function(row)
    it("refuses " .. row.name, function()
      assert.refused("not_an_offer", function()
        authorize(row.change)
      end, "an offer is ducats for dollars")
    end)
  end)

  it("refuses a bonus account", function()
    assert.refused("not_a_citizen", function() authorize { citizen = "alice:bonus" } end)
  end)

  it("refuses a level outside of 0 to 1, and a number of open payments below 0", function()
    for field, values in pairs { level = { -0.01, 1.01 }, open_payments = { -1 } } do
      for _, value in ipairs(values) do
        assert.refused("invalid_input", function() authorize { [field] = value } end, field)
      end
    end
  end)

  it("holds the least there is, of ducats, bonus and fee", function()
    local cent = amount("0.01 DUC/2")
    local result = authorize {
      kind = "buy", ducats = cent, bonus = cent, fee = cent, charge = amount("0.01 USD/2"),
    }
    assert.same({
      { from = policy.accounts.reserve, to = "citizen:alice", amount = cent },
      { from = policy.accounts.reserve, to = "citizen:alice:bonus", amount = cent },
      { from = policy.accounts.reserve, to = policy.accounts.fees_ducats, amount = cent },
    }, result.postings)
  end)

  each({
    { name = "less", base = amount(fees.custom_minimum) - amount("USD/2", 1) },
    { name = "more", base = amount(fees.custom_maximum) + amount("USD/2", 1) },
  }, function(row)
    it("takes an offer of " .. row.name .. " than is offered today", function()
      local fee = amount("1.00 USD/2")
      assert.equal(row.base + fee, authorize({
        kind = "purchase", fee = fee, charge = row.base + fee, ducats = amount("1.00 DUC/2"),
      }).charge)
      assert.equal(row.base, authorize({
        kind = "buy", fee = amount("1.00 DUC/2"), charge = row.base, ducats = amount("1.00 DUC/2"),
      }).charge)
    end)
  end)
end)

describe("payment.stands", function()
  local function stands(charge)
    return decide("payment.stands", {
      payment = "p-1", ducats = amount("1000.00 DUC/2"), charge = amount(charge),
    })
  end

  it("holds while the ducats sell for no more than is asked", function()
    with_policy("fees", { rate = "0.10", fee = "0.025" }, function()
      assert.same({}, (stands("97.50 USD/2")))
      assert.refused("offer_suspended", function()
        stands("97.49 USD/2")
      end, "sell for 97.50 USD/2 at a rate of 0.10 and cost 97.49 USD/2")
    end)
  end)

  it("ends when the rate has risen so far since the payment was begun", function()
    with_policy("fees", { rate = "0.20", fee = "0.025" }, function()
      assert.refused("offer_suspended", function()
        stands("100.00 USD/2")
      end)
    end)
  end)
end)

describe("payment.settle", function()
  local function settle(changes)
    local given = {
      payment = "p-1", citizen = "alice", holds = { hold, bonus_hold },
      ducats = amount("1000.00 DUC/2"), bonus = amount("75.00 DUC/2"), fee = amount("3.19 USD/2"),
      charge = amount("130.40 USD/2"), collected = amount("130.40 USD/2"),
      metadata = { rate = "0.10" },
    }
    for name, value in pairs(changes or {}) do
      given[name] = value
    end
    return decide("payment.settle", given, held)
  end

  ---A share as the ledger is asked for it.
  local function share(to, money)
    return {
      call = "ledger.post", from = policy.accounts.clearing, to = to, amount = money,
      code = "purchase", reference = "p-1", metadata = { rate = "0.10" },
    }
  end

  it("settles every hold whole and shares out what was collected to the cent", function()
    local result, effects = settle()
    assert.same({
      { call = "ledger.settle", hold = hold }, { call = "ledger.settle", hold = bonus_hold },
      share(policy.accounts.bridge_dollars, amount("127.21 USD/2")),
      share(policy.accounts.fees_dollars, amount("3.19 USD/2")),
    }, effects)
    assert.equal(2, #result.postings)
    assert.equal(policy.accounts.clearing, result.postings[1].from)
    assert.equal(amount("127.21 USD/2"), result.postings[1].amount)
    assert.equal(policy.accounts.bridge_dollars, result.postings[1].to)
    assert.equal(amount("3.19 USD/2"), result.postings[2].amount)
    assert.equal(policy.accounts.fees_dollars, result.postings[2].to)
    assert.equal(policy.accounts.clearing, result.clearing)
  end)

  it("shares out a fee of a cent", function()
    local result = settle { fee = amount("0.01 USD/2") }
    assert.equal(2, #result.postings)
    assert.equal(amount("0.01 USD/2"), result.postings[2].amount)
  end)

  it("settles without metadata", function()
    local _, effects = decide("payment.settle", {
      payment = "p-1", citizen = "alice", holds = {}, ducats = amount("1.00 DUC/2"),
      bonus = amount("0.00 DUC/2"), fee = amount("0.00 USD/2"), charge = amount("1.00 USD/2"),
      collected = amount("1.00 USD/2"),
    }, held)
    assert.is_nil(effects[1].metadata)
  end)

  it("tells Venice the ducats with their bonus", function()
    assert.equal(amount("1075.00 DUC/2"), settle().credit)
  end)

  it("gives the bridge everything when the fee is in ducats", function()
    local result, effects = settle({ fee = amount("5.00 DUC/2") })
    assert.same({
      { call = "ledger.settle", hold = hold }, { call = "ledger.settle", hold = bonus_hold },
      share(policy.accounts.bridge_dollars, amount("130.40 USD/2")),
    }, effects)
    assert.equal(1, #result.postings)
    assert.equal(amount("130.40 USD/2"), result.postings[1].amount)
  end)

  it("refuses another amount than was asked", function()
    assert.refused("wrong_amount", function()
      settle { collected = amount("130.39 USD/2") }
    end, "what was collected is not what was asked")
  end)

  it("refuses a hold twice, and one that isn't there", function()
    assert.refused("pending_transfer_already_posted", function()
      settle { holds = { hold, hold } }
    end)
    local other = "018bcfe5-6800-7000-8000-0000000000ff"
    assert.refused("pending_transfer_not_found", function() settle { holds = { other } } end)
  end)
end)

describe("payment.void and payment.suspend", function()
  it("release every hold", function()
    local result, effects = decide("payment.void", {
      payment = "p", holds = { hold, bonus_hold },
    }, held)
    assert.same({
      { call = "ledger.void", hold = hold }, { call = "ledger.void", hold = bonus_hold },
    }, effects)
    assert.equal(2, result.voided)
  end)

  it("set all of it aside", function()
    local result, effects = decide("payment.suspend", {
      payment = "p", citizen = "alice", collected = amount("5.00 USD/2"), reason = "late",
    }, held)
    assert.same({ {
      call = "ledger.post", from = policy.accounts.clearing, to = policy.accounts.suspense,
      amount = amount("5.00 USD/2"), code = "suspense", reference = "p",
      metadata = { citizen = "alice", reason = "late" },
    } }, effects)
    assert.equal(policy.accounts.clearing, result.clearing)
    assert.same({ {
      from = policy.accounts.clearing, to = policy.accounts.suspense,
      amount = amount("5.00 USD/2"),
    } }, result.postings)
  end)
end)
