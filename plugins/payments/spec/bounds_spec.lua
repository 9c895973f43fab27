local bounds = require "bounds"
local policy = require "policies.payments"

local function check(changes)
  bounds.check {
    accounts = { bonus_suffix = changes.suffix or ":b" }, intent_seconds = 5,
    hold_seconds = changes.hold or 6, currency = changes.currency or "usd",
    receivable_limit = { [changes.asset or "DUC/2"] = changes.limit or "0.00 DUC/2" },
  }
end

describe("policies/payments.lua", function()
  it("is within its bounds, and may be at them", function()
    bounds.check(policy)
    check { suffix = ":bonus_2-x" }
    assert.is_true(true)
  end)

  each({
    {
      changes = { suffix = "" },
      says = "bonus_suffix must be ':' and a name, so that bonus ducats have an account of "
        .. "their own",
    },
    { changes = { suffix = ":" }, says = "bonus_suffix must be ':' and a name" },
    { changes = { suffix = "bonus" }, says = "bonus_suffix must be ':' and a name" },
    { changes = { suffix = ":a b" }, says = "bonus_suffix must be ':' and a name" },
    { changes = { suffix = "x:a" }, says = "bonus_suffix must be ':' and a name" },
    {
      changes = { hold = 5 },
      says = "hold_seconds must be more than intent_seconds, so that what is paid for is still "
        .. "held",
    },
    { changes = { hold = 4 }, says = "hold_seconds must be more than intent_seconds" },
    {
      changes = { currency = "jpy" },
      says = "currency must be 'usd', in whose cents the bridge counts",
    },
    { changes = { currency = "USD" }, says = "currency must be 'usd'" },
    { changes = { currency = "eur" }, says = "currency must be 'usd'" },
    { changes = { currency = "" }, says = "currency must be 'usd'" },
    { changes = { limit = "-0.01 DUC/2" }, says = "receivable_limit -0.01 DUC/2 is outside" },
    { changes = { asset = "USD/2" }, says = "receivable_limit 0.00 DUC/2 is outside" },
  }, function(row)
    it("isn't loaded when money would be lost: " .. row.says, function()
      assert.has_error(function() check(row.changes) end, "policies/payments.lua: " .. row.says)
    end)
  end)

  it("keeps the plugin from loading", function()
    with_policy("payments", { hold_seconds = policy.intent_seconds }, function()
      assert.has_error(function()
        decide("payment.authorize", {})
      end, "policies/payments.lua: hold_seconds must be more than intent_seconds")
    end)
  end)
end)
