local policy = require "policies.sprint"

local function holding(balances)
  local amounts = {}
  for account, text in pairs(balances) do
    amounts[account] = amount(text)
  end
  return { ledger = { balances = amounts } }
end

local funded = holding {
  ["sprint:first:funding"] = "0.00 DUC/2",
  ["sprint:first:team"] = "100000.00 DUC/2",
  ["sprint:first:infrastructure"] = "30000.00 DUC/2",
  ["sprint:first:quality"] = "5000.00 DUC/2",
}

local function spend(changes)
  local input = {
    sprint = "first", envelope = "quality", week = 2, reason = "load tests",
    amount = amount("1500.00 DUC/2"), payee = "citizen:alice",
  }
  for name, value in pairs(changes) do
    input[name] = value
  end
  return decide("sprint.spend", input, funded)
end

describe("sprint.fund", function()
  it("gives 200 000 ducats out of the backing", function()
    local fakes = holding { ["sprint:backing"] = "34000000.00 DUC/2" }
    local result, effects = decide("sprint.fund", { sprint = "first" }, fakes)
    local budget, expected = amount("DUC/2", 0), {}
    for place, envelope in ipairs(policy.envelopes) do
      budget = budget + amount(envelope.budget)
      expected[place + 1] = {
        call = "ledger.post", from = "sprint:first:funding", to = "sprint:first:" .. envelope.name,
        amount = amount(envelope.budget), reference = "sprint first",
        metadata = { sprint = "first", envelope = envelope.name },
      }
    end
    expected[1] = {
      call = "ledger.post", from = "sprint:backing", to = "sprint:first:funding", amount = budget,
      reference = "sprint first", metadata = { sprint = "first" },
    }
    assert.same(expected, effects)
    assert.equal(amount("200000.00 DUC/2"), result.budget)
  end)

  it("funds a sprint once", function()
    assert.refused("already_funded", function()
      decide("sprint.fund", { sprint = "first" }, funded)
    end, "sprint 'first' already has its envelopes")
  end)

  it("doesn't fund one again that has all its envelopes, and no account of its funding", function()
    local fakes = holding {
      ["sprint:backing"] = "34000000.00 DUC/2", ["sprint:old:team"] = "1.00 DUC/2",
      ["sprint:old:infrastructure"] = "0.00 DUC/2", ["sprint:old:quality"] = "2.00 DUC/2",
    }
    assert.has_error(function()
      decide("sprint.fund", { sprint = "old" }, fakes)
    end, "already has its envelopes")
  end)

  it("funds a sprint to which somebody gave before", function()
    local fakes = holding {
      ["sprint:backing"] = "34000000.00 DUC/2", ["sprint:two:team"] = "0.01 DUC/2",
    }
    local result = decide("sprint.fund", { sprint = "two" }, fakes)
    assert.equal(amount("200000.00 DUC/2"), result.budget)
  end)

  it("funds the next sprint beside one that is spent", function()
    local fakes = holding {
      ["sprint:backing"] = "200000.00 DUC/2", ["sprint:first:funding"] = "0.00 DUC/2",
      ["sprint:first:team"] = "0.00 DUC/2",
    }
    assert.has_error(function()
      decide("sprint.fund", { sprint = "first" }, fakes)
    end, "already has its envelopes")
    assert.has_no_error(function() decide("sprint.fund", { sprint = "second" }, fakes) end)
  end)

  it("passes through no account of an envelope", function()
    for _, envelope in ipairs(policy.envelopes) do
      assert.not_equal(policy.funding, envelope.name)
    end
  end)

  it("refuses without enough backing", function()
    local fakes = holding { ["sprint:backing"] = "199999.99 DUC/2" }
    assert.refused("backing_short", function()
      decide("sprint.fund", { sprint = "first" }, fakes)
    end, "the backing can't fund a sprint")
  end)
end)

describe("sprint.spend", function()
  it("pays the payee out of the envelope, and says what is left", function()
    local result, effects = spend {}
    assert.same({ {
      call = "ledger.post", from = "sprint:first:quality", to = "citizen:alice",
      amount = amount("1500.00 DUC/2"), reference = "sprint first",
      metadata = { sprint = "first", envelope = "quality", week = "2", reason = "load tests" },
    } }, effects)
    assert.equal(amount("1500.00 DUC/2"), result.spent)
    assert.equal(amount("3500.00 DUC/2"), result.left)
  end)

  it("empties an envelope, but no further", function()
    assert.equal(amount("0.00 DUC/2"), spend({ amount = amount("5000.00 DUC/2") }).left)
    assert.refused("envelope_exhausted", function()
      spend { amount = amount("5000.01 DUC/2") }
    end, "envelope 'quality' holds less than that")
  end)

  each({
    {
      name = "an unfunded sprint", changes = { sprint = "other" }, code = "envelope_exhausted",
      says = "holds less than that",
    },
    {
      name = "an unknown envelope", changes = { envelope = "party" }, code = "invalid_input",
      says = "envelope",
    },
    {
      name = "a week before the first", changes = { week = 0 }, code = "invalid_input",
      says = "week",
    },
    {
      name = "a week after the last", changes = { week = 5 }, code = "invalid_input",
      says = "week",
    },
    {
      name = "an empty reason", changes = { reason = " " }, code = "no_reason",
      says = "a spend needs a reason",
    },
    {
      name = "dollars", changes = { amount = amount("5.00 USD/2") }, code = "nothing_to_spend",
      says = "a spend is a positive amount of DUC/2",
    },
    {
      name = "nothing", changes = { amount = amount("0.00 DUC/2") }, code = "nothing_to_spend",
      says = "a spend is a positive amount of DUC/2",
    },
  }, function(row)
    it("refuses " .. row.name, function()
      assert.refused(row.code, function() spend(row.changes) end, row.says)
    end)
  end)

  it("pays the least there is, in the first week and in the last", function()
    for _, week in ipairs { 1, policy.weeks } do
      local least = amount("0.01 DUC/2")
      assert.equal(least, spend({ amount = least, week = week }).spent)
    end
  end)

  each({
    "sprint:first:quality", "sprint:first:team", "sprint:two:team", "sprint:two:funding",
    "sprint:backing",
  }, function(payee)
    it("pays nothing to " .. payee, function()
      assert.refused("not_a_payee", function()
        spend { payee = payee }
      end, "'" .. payee .. "' belongs to a sprint: nothing is spent there")
    end)
  end)

  it("pays whom it likes outside of sprints", function()
    for _, payee in ipairs { "citizen:sprint:one", "sprinters", "treasury" } do
      assert.has_no_error(function() spend { payee = payee } end)
    end
  end)
end)

describe("sprint.burndown", function()
  each({
    { week = 1, planned = "150000.00 DUC/2", on_plan = false },
    { week = 2, planned = "100000.00 DUC/2", on_plan = true },
    { week = 3, planned = "50000.00 DUC/2", on_plan = true },
    { week = 4, planned = "0.00 DUC/2", on_plan = true },
  }, function(row)
    it("compares what is left with the plan of week " .. row.week, function()
      local result = decide("sprint.burndown", { sprint = "first", week = row.week }, funded)
      assert.equal(amount("135000.00 DUC/2"), result.left)
      assert.equal(amount("65000.00 DUC/2"), result.spent)
      assert.equal(amount(row.planned), result.planned_left)
      assert.equal(row.on_plan, result.on_plan)
    end)
  end)

  it("is on plan with exactly what the plan leaves", function()
    local fakes = holding {
      ["sprint:first:funding"] = "0.00 DUC/2", ["sprint:first:team"] = "100000.00 DUC/2",
      ["sprint:first:infrastructure"] = "0.00 DUC/2", ["sprint:first:quality"] = "0.00 DUC/2",
    }
    assert.is_true(decide("sprint.burndown", { sprint = "first", week = 2 }, fakes).on_plan)
    fakes.ledger.balances["sprint:first:team"] = amount("99999.99 DUC/2")
    assert.is_false(decide("sprint.burndown", { sprint = "first", week = 2 }, fakes).on_plan)
  end)

  it("lists every envelope", function()
    local result = decide("sprint.burndown", { sprint = "first", week = 1 }, funded)
    assert.equal(3, #result.envelopes)
    assert.equal("team", result.envelopes[1].name)
    assert.equal(amount("50000.00 DUC/2"), result.envelopes[1].spent)
  end)

  it("knows no sprint that was not funded, though something was given to it", function()
    assert.refused("not_funded", function()
      decide("sprint.burndown", { sprint = "two", week = 1 }, holding {
        ["sprint:two:team"] = "0.01 DUC/2", ["sprint:two:quality"] = "0.01 DUC/2",
      })
    end, "sprint 'two' has no envelopes")
    assert.has_error(function()
      decide("sprint.burndown", { sprint = "other", week = 1 }, funded)
    end, "has no envelopes")
  end)
end)
