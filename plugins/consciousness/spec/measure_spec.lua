local vectors = require "spec.vectors"

local fakes = {
  graph = {
    metrics = { alice = vectors[2].metrics },
    null_model = { alice = { observed = 6, mean = 4, deviation = 0.5, z = 4 } },
  },
}

describe("consciousness.measure", function()
  it("asks the graph and scores what it answers", function()
    local measured = decide("consciousness.measure", { citizen = "alice" }, fakes)
    assert.same(decide("consciousness.score", vectors[2].metrics), measured)
  end)

  it("does not invent a citizen", function()
    assert.refused("unknown_citizen", function()
      decide("consciousness.measure", { citizen = "nobody" }, fakes)
    end, "'nobody' is not in the trust graph")
  end)
end)

describe("consciousness.validate", function()
  it("gives the triangles' distance from chance", function()
    local result = decide("consciousness.validate", { citizen = "alice" }, fakes)
    assert.equal(4, result.z)
    assert.equal(6, result.observed)
  end)

  it("does not invent a citizen", function()
    assert.refused("unknown_citizen", function()
      decide("consciousness.validate", { citizen = "nobody" }, fakes)
    end, "'nobody' is not in the trust graph")
  end)
end)
