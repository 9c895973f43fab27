-- What the platform's figures may be: what is outside of it is a fault of who reports or claims.

---A question of `awareness.score` with one claim.
local function score(claim)
  return decide("awareness.score", {
    components = {}, series = {}, calls = {}, claims = { claim },
  })
end

---What the policy's promises come to with other numbers in them.
local function promises(changes)
  local answer = {}
  with_policy("objectives", changes, function()
    answer = decide("awareness.objectives", {})
  end)
  return answer
end

describe("a claim", function()
  it("is a probability", function()
    assert.refused("invalid_input", function() score { claimed = -0.01, healthy = true } end)
    assert.refused("invalid_input", function() score { claimed = 1.01, healthy = true } end)
  end)

  it("stands for one outcome, or as many as it says, of which there may be none", function()
    local claims = {
      { claimed = 0.5, healthy = true }, { claimed = 0.5, healthy = true, n = 0 },
      { claimed = 0.5, healthy = true, n = 5 }, { claimed = 0.5, healthy = false, n = 6 },
    }
    local result = decide("awareness.score", {
      components = {}, series = {}, calls = {}, claims = claims,
    })
    assert.same({ { low = 0.5, high = 0.5, n = 12, healthy = 6 } }, result.reliability)
    assert.refused("invalid_input", function() score { claimed = 1, healthy = true, n = -1 } end)
  end)
end)

describe("telemetry", function()
  it("may be missing, and may have no age", function()
    local answer = decide("awareness.claim", {
      components = {
        { name = "cache", probes = {} }, { name = "store", probes = {}, telemetry = {} },
      },
    })
    assert.equal(answer.components[1].claimed, answer.components[2].claimed)
    local result = decide("awareness.score", {
      components = { { name = "cache" }, { name = "store", telemetry_age_milliseconds = 0 } },
      series = {}, claims = {}, calls = {},
    })
    assert.equal(0.5, result.coverage)
  end)

  it("is never younger than now", function()
    assert.refused("invalid_input", function()
      decide("awareness.claim", {
        components = { { name = "a", probes = {}, telemetry = { age_milliseconds = -1 } } },
      })
    end)
    assert.refused("invalid_input", function()
      decide("awareness.score", {
        components = { { name = "a", telemetry_age_milliseconds = -1 } }, series = {}, claims = {},
        calls = {},
      })
    end)
  end)
end)

describe("a promise", function()
  it("is kept over a day at least", function()
    assert.equal(1, promises({ days = 1 }).days)
    assert.has_error(function() promises { days = 0 } end, "days")
  end)

  it("may say nothing of how long decisions take", function()
    local points = { { point = "tier.assign", availability = 0.9 } }
    assert.same(points, promises({ points = points }).points)
  end)

  each({ -0.01, 1.01 }, function(share)
    it("isn't of " .. share .. " of all", function()
      assert.has_error(function()
        promises { points = { { point = "tier.assign", availability = share } } }
      end, "availability")
      assert.has_error(function()
        local latency = { seconds = 1, share = share }
        promises { points = { { point = "tier.assign", latency = latency } } }
      end, "share")
    end)
  end)
end)
