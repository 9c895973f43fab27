-- The words of a spec file. Called once for each run: `input` is {list = true}, or
-- {run = n, seed = …} for the n-th spec of the file; `environment` takes the words.

local new_assert = require "cascade.spec.assertions"
local drawing = require "cascade.spec.drawing"
local is_table = require("cascade.spec.values").is_table
local words = require "cascade.spec.words"

local NOTHING_ASSERTED = "the spec asserts nothing; say with assert what decide must give, "
  .. "or delete it"

-- Ends the spec with what an answer says is wrong.
local function check(answer, state)
  if not answer.ok then
    state.failure = { code = answer.code, message = answer.message }
    error(answer.message, 0)
  end
end

-- The word that asks a plugin to say a decision in words to a citizen; `why` is told to it beside
-- the answer.
local function new_explain(host, state)
  return function(point, given, fakes, why)
    local answer = host.spec.explain(point, given or {}, fakes or {}, state.policies, why or {})
    check(answer, state)
    return answer.words
  end
end

-- The word that makes a decision: its result, its effects in order, and the id of each.
local function new_decide(host, state)
  return function(point, given, fakes)
    local answer = host.spec.decide(point, given or {}, fakes or {}, state.policies)
    check(answer, state)
    for _, effect in ipairs(answer.effects) do
      effect.amount = effect.amount and amount(effect.amount)
      if is_table(effect.most) then
        effect.most = amount(effect.most)
      end
    end
    return answer.result, answer.effects, answer.ids
  end
end

-- The word that reads a file beside the spec: its rows, and of each is kept where it stands.
local function new_cases(host, state)
  return function(name, body)
    if body ~= nil then
      error("cases only gives the rows: each(cases(\"" .. tostring(name) .. "\"), function(case) "
        .. "… end) goes through them", 2)
    elseif type(name) ~= "string" then
      error("cases takes the name of a file beside the spec: cases(\"prices.csv\")", 2)
    end
    local answer = host.spec.cases(name)
    if not answer.ok then
      error(answer.message, 2)
    end
    for index, row in ipairs(answer.rows) do
      state.places[row] = answer.file .. ":" .. answer.lines[index]
    end
    return answer.rows
  end
end

return function(input, host, environment, body)
  local specs = {}
  local state = {
    is_running = false, seed = input.seed or 1, assertions = 0, policies = {}, places = {},
  }
  for name, word in pairs(words.new(specs, state)) do
    environment[name] = word
  end
  environment.assert = new_assert(state)
  environment.cases = new_cases(host, state)
  environment.generate = drawing.generate
  environment.decide = new_decide(host, state)
  environment.explain = new_explain(host, state)
  body()
  if input.list then
    return words.list(specs)
  end
  local spec = specs[input.run]
  words.gather_hooks(spec)
  state.is_running = true
  state.assertions = 0
  words.run(spec, state.seed)
  if state.assertions == 0 then
    return { asserts_nothing = spec.place .. NOTHING_ASSERTED }
  end
  return { passed = true }
end
