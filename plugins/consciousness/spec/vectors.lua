-- The metrics that the graph gives for the charter's seven graphs, and what must come out.

local function repeated(value, times)
  local values = {}
  for place = 1, times do
    values[place] = value
  end
  return values
end

---Strength of triangles of three trusts, the first argument saying how many.
local function strengths(times, a, b, c)
  return times * (a * b * c) ^ (1 / 3) / 100
end

---A clique of five at one trust, seen from any of its citizens.
local function clique(trust, median, edges_total)
  return {
    window = 5, degree = 4, edges = 10, triangles = 6, crystallised = 6,
    triangle_strength_sum = strengths(6, trust, trust, trust),
    top_trusts = repeated(trust, 4), trusts = repeated(trust, 4),
    pentagon = { sides = repeated(trust, 5), diagonals = repeated(trust, 5) },
    median = median, edges_total = edges_total,
  }
end

return {
  {
    name = "V1, a star with one weak side",
    metrics = {
      window = 5, degree = 4, edges = 5, triangles = 1, crystallised = 1,
      triangle_strength_sum = strengths(1, 99.93, 99.95, 50),
      top_trusts = { 99.95, 99.95, 99.94, 99.93 }, trusts = { 99.95, 99.95, 99.94, 99.93 },
      median = 99.94, edges_total = 5,
    },
    F = 1.0000, R = 0, P = 0.618034, C = 0.132231, V = 0, level = 0.349878, ready = false,
    in_band = 4,
  },
  {
    name = "V2, a golden pentagon",
    metrics = {
      window = 5, degree = 4, edges = 10, triangles = 6, crystallised = 3,
      triangle_strength_sum = strengths(3, 100, 100, 38.2) + strengths(3, 100, 38.2, 38.2),
      top_trusts = { 100, 100, 38.2, 38.2 }, trusts = { 100, 100, 38.2, 38.2 },
      pentagon = { sides = repeated(100, 5), diagonals = repeated(38.2, 5) },
      median = 69.1, edges_total = 10,
    },
    F = 0.5000, rho = 1.618000, R = 0.9999, P = 0.690962, C = 0.626028, V = 0, level = 0.538934,
    ready = false, in_band = 0,
  },
  {
    name = "V3, a ring of five",
    metrics = {
      window = 5, degree = 2, edges = 5, triangles = 0, crystallised = 0,
      triangle_strength_sum = 0,
      top_trusts = { 99.94, 99.94 }, trusts = { 99.94, 99.94 },
      pentagon = { sides = repeated(99.94, 5), diagonals = repeated(50, 5) },
      median = 99.94, edges_total = 5,
    },
    F = 0.5000, rho = 1.499101, R = 0.8076, P = 0.617478, C = 0, V = 0, level = 0.308739,
    ready = false, in_band = 2,
  },
  {
    name = "V4, a clique of five",
    metrics = clique(99.94, 99.94, 10),
    F = 1.0000, rho = 1.000000, R = 0, P = 0.618034, C = 0.999400, V = 0, level = 0.617849,
    ready = false, in_band = 4,
  },
  {
    name = "V5, a clique of five among twelve neutral pairs",
    metrics = clique(99.94, 50.07, 22),
    F = 1.0000, rho = 1.000000, R = 0, P = 0.618034, C = 0.999400, V = 0.993, level = 0.807495,
    ready = true, in_band = 4, valve_active = true,
  },
  {
    name = "V6, a perfect clique of five",
    metrics = clique(100, 100, 10),
    F = 1.0000, rho = 1.000000, R = 0, P = 0.618034, C = 1.000000, V = 0, level = 0.618034,
    ready = true, in_band = 0,
  },
  {
    name = "V7, one neutral pair",
    metrics = {
      window = 2, degree = 1, edges = 1, triangles = 0, crystallised = 0,
      triangle_strength_sum = 0, top_trusts = { 50 }, trusts = { 50 },
      median = 50, edges_total = 1,
    },
    F = 0, R = 0, P = 0, C = 0, V = 1.000, level = 0.190983, ready = false, in_band = 0,
    valve_active = true,
  },
}
