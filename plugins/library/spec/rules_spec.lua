local rules = require "library.rules"

describe("rules", function()
  it("refuse with a code and a message", function()
    local result, refused = rules.refuse("no_reason", "a spend needs a reason")
    assert.is_nil(result)
    assert.same({ code = "no_reason", message = "a spend needs a reason" }, refused)
  end)

  it("know the golden ratio", function()
    assert.near(rules.PHI * rules.PHI, rules.PHI + 1, 1e-15)
  end)

  each({
    { balance = amount("2.50 DUC/2"), available = amount("2.50 DUC/2") },
    { balance = nil, available = amount("0.00 DUC/2") },
  }, function(row)
    it("give " .. tostring(row.available) .. " for " .. tostring(row.balance), function()
      ---@type any
      local host = { ledger = { balance = function() return row.balance end } }
      assert.equal(row.available, rules.available(host, "treasury", "DUC/2"))
    end)
  end)

  it("name a citizen's account, and nobody who would reach another one", function()
    assert.equal("citizen:alice", rules.citizen_account("alice"))
    assert.is_nil(rules.not_a_citizen("alice"))
    assert.same(
      { code = "not_a_citizen", message = "'alice:bonus' is no citizen's name" },
      rules.not_a_citizen("alice:bonus"))
    assert.equal("not_a_citizen", assert(rules.not_a_citizen(":alice")).code)
  end)

  it("sort texts and keep each once", function()
    assert.same({ "a", "b", "c" }, rules.sorted_set({ "c", "a" }, {}, { "b", "a" }))
  end)

  each({
    { text = "Nobili", class = "Nobili" },
    { text = "  Clero\n", class = "Clero" },
    { text = " Forestieri from Milano ", class = "Forestieri" },
    { text = "Forestieri da Milano", class = "Forestieri da Milano" },
    { text = "Nobili from Milano", class = "Nobili from Milano" },
  }, function(row)
    it("take '" .. row.text .. "' for " .. row.class, function()
      assert.equal(row.class, rules.social_class(row.text))
    end)
  end)
end)
