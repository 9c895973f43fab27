local function redistribute(treasury, citizens)
  local list = {}
  for _, citizen in ipairs(citizens) do
    list[#list + 1] = { username = citizen[1], social_class = citizen[2] }
  end
  return decide("treasury.redistribute", { citizens = list }, {
    ledger = { balances = { treasury = treasury and amount(treasury) } },
  })
end

---A payment as the ledger is asked for it.
local function asked(citizen, text, reason)
  return {
    call = "ledger.post", from = "treasury", to = "citizen:" .. citizen, amount = amount(text),
    reference = "redistribution", metadata = { reason = reason },
  }
end

---Minor units by citizen.
local function paid(result)
  local by_name = {}
  for _, payment in ipairs(result.payments) do
    by_name[payment.citizen] = payment.amount.minor
  end
  return by_name
end

describe("treasury.redistribute", function()
  it("gives the classes 40, 30, 20 and 10 percent of one percent", function()
    local result, effects = redistribute("100000.00 DUC/2", {
      { "n", "Nobili" }, { "c", "Cittadini" }, { "p", "Popolani" }, { "f", "Facchini" },
    })
    assert.same({
      asked("n", "400.00 DUC/2", "share"), asked("c", "300.00 DUC/2", "share"),
      asked("p", "200.00 DUC/2", "share"), asked("f", "100.00 DUC/2", "share"),
    }, effects)
    assert.equal(amount("1000.00 DUC/2"), result.pool)
    assert.equal(amount("1000.00 DUC/2"), result.paid)
    assert.same({ n = 40000, c = 30000, p = 20000, f = 10000 }, paid(result))
  end)

  it("hands the units left over out in username order", function()
    local result, effects = redistribute("0.50 DUC/2", { { "b", "Nobili" }, { "a", "Nobili" } })
    assert.same({ a = 0, b = 0 }, paid(result))
    assert.same({}, effects)
    result, effects = redistribute("12.50 DUC/2", {
      { "zoe", "Nobili" }, { "bob", "Nobili" }, { "Ann", "Nobili" },
    })
    assert.equal(amount("0.12 DUC/2"), result.pool)
    -- 12 by 40/30/20/10 percent is 5, 4, 2, 1.
    assert.same({ Ann = 2, bob = 2, zoe = 1 }, paid(result))
    assert.same({
      asked("Ann", "0.02 DUC/2", "share"), asked("bob", "0.02 DUC/2", "share"),
      asked("zoe", "0.01 DUC/2", "share"),
    }, effects)
  end)

  it("keeps the part of a class without members", function()
    local result = redistribute("100000.00 DUC/2", { { "f", "Facchini" } })
    assert.equal(amount("100.00 DUC/2"), result.paid)
  end)

  each({
    { class = "Scientisti", pay = 250000 },
    { class = "Clero", pay = 200000 },
    { class = "Innovatori", pay = 300000 },
    { class = "Ambasciatore", pay = 500000 },
  }, function(row)
    it("pays every member of " .. row.class .. " in full", function()
      local result, effects = redistribute("100000.00 DUC/2", {
        { "a", row.class }, { "b", row.class },
      })
      assert.same({ a = row.pay, b = row.pay }, paid(result))
      local pay = tostring(amount("DUC/2", row.pay))
      assert.same({ asked("a", pay, "pay"), asked("b", pay, "pay") }, effects)
    end)
  end)

  it("pays neither Artisti nor Forestieri", function()
    local result = redistribute("100000.00 DUC/2", { { "a", "Artisti" }, { "b", "Forestieri" } })
    assert.equal(0, #result.payments)
  end)

  it("pays nobody when it can't pay everybody", function()
    assert.refused("treasury_short", function()
      redistribute("4999.99 DUC/2", { { "a", "Ambasciatore" } })
    end, "the treasury can't pay what it owes today")
  end)

  it("has nothing to share when the treasury is unknown", function()
    assert.equal(amount("0.00 DUC/2"), redistribute(nil, { { "n", "Nobili" } }).paid)
  end)

  it("refuses a citizen named twice", function()
    assert.refused("named_twice", function()
      redistribute("100000.00 DUC/2", { { "a", "Nobili" }, { "a", "Clero" } })
    end, "'a' is named twice")
  end)

  it("refuses a name that would reach another account of somebody's", function()
    assert.refused("not_a_citizen", function()
      redistribute("100000.00 DUC/2", { { "alice:bonus", "Nobili" } })
    end)
  end)

  property("pays out exactly the pool when every class has members", {
    generate.integer(0, 1000000000), generate.integer(1, 9),
  }, function(minor, members)
    local citizens = {}
    for _, class in ipairs { "Nobili", "Cittadini", "Popolani", "Facchini" } do
      for member = 1, members do
        citizens[#citizens + 1] = { class .. member, class }
      end
    end
    local whole, cents = minor // 100, minor % 100
    local result = redistribute(string.format("%d.%02d DUC/2", whole, cents), citizens)
    assert.equal(result.pool, result.paid)
  end)
end)
