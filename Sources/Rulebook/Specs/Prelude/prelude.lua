-- The words of a spec file. Called once for each run: `input` is {list = true}, or
-- {run = n, seed = …} for the n-th spec of the file; `environment` takes the words.

local PROPERTY_RUNS = 100
local SHOWN_LENGTH = 200
local MOST_DIFFERENCES = 20
local NOTHING_ASSERTED = "the spec asserts nothing; say with assert what decide must give, "
  .. "or delete it"

local function is_table(value)
  return type(value) == "table"
end

-- What stands for a value in a message: tables to their leaves, keys sorted by `pairs`.
local function show(value, depth)
  if type(value) == "string" then
    return string.format("%q", value)
  elseif not is_table(value) then
    return tostring(value)
  elseif depth > 8 then
    return "{…}"
  end
  local parts = {}
  local length = #value
  for index = 1, length do
    parts[#parts + 1] = show(value[index], depth + 1)
  end
  for key, item in pairs(value) do
    local is_listed = math.type(key) == "integer" and key >= 1 and key <= length
    if not is_listed then
      parts[#parts + 1] = tostring(key) .. " = " .. show(item, depth + 1)
    end
  end
  return "{" .. table.concat(parts, ", ") .. "}"
end

local function shown(value)
  local text = show(value, 1)
  if #text > SHOWN_LENGTH then
    text = string.sub(text, 1, SHOWN_LENGTH) .. "…"
  end
  return text
end

-- An amount equals another of its asset and value, also when that is spelled as text or table.
local function equal_amounts(left, right)
  if type(left) == type(right) then
    return left == right
  elseif type(right) == "string" then
    return tostring(left) == right
  elseif is_table(right) then
    return left.asset == right.asset and left.minor == right.minor
  end
  return false
end

local function is_plain(value)
  local kind = type(value)
  return kind == "nil" or kind == "boolean" or kind == "number" or kind == "string"
      or kind == "table" or kind == "function"
end

local function equal(left, right)
  if not is_plain(left) then
    return equal_amounts(left, right)
  elseif not is_plain(right) then
    return equal_amounts(right, left)
  end
  return left == right
end

local function same(left, right, depth)
  if equal(left, right) then
    return true
  elseif not (is_table(left) and is_table(right)) then
    return false
  elseif depth > 64 then
    error("the tables are nested too deep to be compared", 0)
  end
  for key, value in pairs(left) do
    if not same(value, right[key], depth + 1) then
      return false
    end
  end
  for key in pairs(right) do
    if left[key] == nil then
      return false
    end
  end
  return true
end

-- Adds where two values differ, by the path to it: `left: expected 1, got 2`.
local function differences(expected, actual, path, found)
  if #found == MOST_DIFFERENCES or same(expected, actual, 1) then
    return
  elseif not (is_table(expected) and is_table(actual)) then
    local place = path == "" and "" or path .. ": "
    found[#found + 1] = place .. "expected " .. shown(expected) .. ", got " .. shown(actual)
    return
  end
  local keys = {}
  for key in pairs(expected) do
    keys[key] = true
  end
  for key in pairs(actual) do
    keys[key] = true
  end
  for key in pairs(keys) do
    local step = math.type(key) == "integer" and "[" .. key .. "]" or tostring(key)
    local joint = (path == "" or string.sub(step, 1, 1) == "[") and "" or "."
    differences(expected[key], actual[key], path .. joint .. step, found)
  end
end

-- SplitMix64, so that a seed gives the same cases everywhere.
local function mix(state)
  state = state + 0x9E3779B97F4A7C15
  local z = state
  z = (z ~ (z >> 30)) * 0xBF58476D1CE4E5B9
  z = (z ~ (z >> 27)) * 0x94D049BB133111EB
  return state, z ~ (z >> 31)
end

-- Where a case's values are drawn from. `state` is where it stands.
local function new_source(seed)
  local source = { state = seed }
  function source.fraction()
    local bits
    source.state, bits = mix(source.state)
    return (bits >> 11) * 2.0 ^ -53
  end
  function source.integer(low, high)
    local bits
    source.state, bits = mix(source.state)
    local size = high - low + 1
    if size <= 0 then
      return bits
    end
    return low + (bits & math.maxinteger) % size
  end
  return source
end

-- The choice that says least: the nearest to nothing that is allowed.
local function simplest(low, high)
  return math.max(low, math.min(high, 0))
end

-- A source that notes every choice of another one.
local function noting(source)
  local choices = {}
  return {
    choices = choices,
    fraction = function()
      local value = source.fraction()
      choices[#choices + 1] = { value = value, simplest = 0.0 }
      return value
    end,
    integer = function(low, high, plain)
      local value = source.integer(low, high)
      choices[#choices + 1] = { value = value, simplest = plain or simplest(low, high) }
      return value
    end,
  }
end

-- A source that makes these choices again, as far as they go and fit, and then the simplest.
local function repeating(values)
  local place = 0
  local function wanted(kind)
    place = place + 1
    return math.type(values[place]) == kind and values[place] or nil
  end
  return noting {
    fraction = function() return wanted("float") or 0.0 end,
    integer = function(low, high)
      return math.max(low, math.min(high, wanted("integer") or simplest(low, high)))
    end,
  }
end

local generate = {}

function generate.integer(low, high)
  low = low or -1000
  high = high or 1000
  return function(source)
    -- The ends are where rules go wrong, so they come up more often.
    local choice = source.integer(1, 20, 20)
    if choice == 1 then
      return low
    elseif choice == 2 then
      return high
    end
    return source.integer(low, high)
  end
end

function generate.number(low, high)
  low = low or 0
  high = high or 1
  return function(source)
    return low + (high - low) * source.fraction()
  end
end

function generate.boolean()
  return function(source)
    return source.integer(0, 1) == 1
  end
end

function generate.one_of(choices)
  return function(source)
    return choices[source.integer(1, #choices)]
  end
end

function generate.string(longest)
  longest = longest or 20
  return function(source)
    local characters = {}
    for index = 1, source.integer(0, longest) do
      characters[index] = string.char(source.integer(32, 126))
    end
    return table.concat(characters)
  end
end

-- A message of an assertion, raised at the line that called the assertion.
local function fail(text, note)
  if note ~= nil then
    text = tostring(note) .. ": " .. text
  end
  error(text, 3)
end

local function new_assert(state)
  local words = {}
  function words.equal(expected, actual, note)
    if not equal(expected, actual) then
      local advice = is_table(expected) and is_table(actual)
        and "; what tables hold is compared by assert.same" or ""
      fail("expected " .. shown(expected) .. ", got " .. shown(actual) .. advice, note)
    end
  end
  function words.not_equal(unexpected, actual, note)
    if equal(unexpected, actual) then
      fail("expected anything but " .. shown(unexpected), note)
    end
  end
  function words.same(expected, actual, note)
    if not same(expected, actual, 1) then
      local text = "expected " .. shown(expected) .. ", got " .. shown(actual)
      local found = {}
      if is_table(expected) and is_table(actual) then
        differences(expected, actual, "", found)
      end
      fail(text .. (#found > 0 and "\n" or "") .. table.concat(found, "\n"), note)
    end
  end
  function words.near(expected, actual, tolerance, note)
    tolerance = tolerance or 1e-9
    local both = type(expected) == "number" and type(actual) == "number"
    local is_near = both and math.abs(expected - actual) <= tolerance
    if not is_near then
      local range = shown(expected) .. " ± " .. shown(tolerance)
      fail("expected " .. range .. ", got " .. shown(actual), note)
    end
  end
  function words.is_true(value, note)
    if value ~= true then
      fail("expected true, got " .. shown(value), note)
    end
  end
  function words.is_false(value, note)
    if value ~= false then
      fail("expected false, got " .. shown(value), note)
    end
  end
  function words.is_nil(value, note)
    if value ~= nil then
      fail("expected nil, got " .. shown(value), note)
    end
  end
  function words.is_not_nil(value, note)
    if value == nil then
      fail("expected a value, got nil", note)
    end
  end
  function words.has_error(body, text, note)
    local succeeded, message = pcall(body)
    if succeeded then
      fail("expected an error, got none", note)
    elseif text ~= nil and not string.find(tostring(message), text, 1, true) then
      fail("expected an error with " .. shown(text) .. ", got " .. shown(message), note)
    end
  end
  function words.refused(code, body, text, note)
    state.failure = nil
    local succeeded, message = pcall(body)
    if succeeded then
      fail("expected to be refused as " .. shown(code) .. ", was not", note)
    end
    local failure = state.failure
    if failure == nil or failure.message ~= message then
      error(message, 0)
    elseif failure.code ~= code then
      local got = shown(failure.code) .. ": " .. shown(message)
      fail("expected to be refused as " .. shown(code) .. ", got " .. got, note)
    elseif text ~= nil and not string.find(message, text, 1, true) then
      fail("expected a refusal with " .. shown(text) .. ", got " .. shown(message), note)
    end
  end
  function words.has_no_error(body, note)
    local succeeded, message = pcall(body)
    if not succeeded then
      fail("expected no error, got " .. shown(message), note)
    end
  end
  -- Counted, so that a spec that asserts nothing shows. The tail call keeps the caller's place.
  for name, word in pairs(words) do
    words[name] = function(...)
      state.assertions = state.assertions + 1
      return word(...)
    end
  end
  return setmetatable(words, {
    __call = function(_, value, message, ...)
      state.assertions = state.assertions + 1
      if not value then
        error(message ~= nil and message or "assertion failed!", 2)
      end
      return value, message, ...
    end,
  })
end

-- Draws the values of one case: a list of generators gives arguments, names give one table.
local function draw(generators, source)
  local values = {}
  for key, generator in pairs(generators) do
    values[key] = generator(source)
  end
  return values
end

-- Runs the body on one case.
local function try(generators, body, values)
  if #generators > 0 then
    return pcall(body, table.unpack(values, 1, #generators))
  end
  return pcall(body, values)
end

-- Whether the case fails with another value of one choice, too; then the case becomes that one.
local function fails_with(generators, body, case, place, value)
  if case.tries == 0 or not case.choices[place] then
    return false
  end
  case.tries = case.tries - 1
  local wanted = {}
  for index, choice in ipairs(case.choices) do
    wanted[index] = choice.value
  end
  wanted[place] = value
  local source = repeating(wanted)
  local values = draw(generators, source)
  local succeeded, message = try(generators, body, values)
  if not succeeded then
    case.choices, case.values, case.message = source.choices, values, message
  end
  return not succeeded
end

-- Makes one choice of a failing case as simple as it fails with: a fraction by its decimals, a
-- whole number by steps that are halved when one is too large.
local function shrink_choice(generators, body, case, place)
  local choice = case.choices[place]
  if math.type(choice.value) == "float" then
    for decimals = 0, 2 do
      local simple = math.floor(choice.value * 10 ^ decimals) / 10 ^ decimals
      if simple == choice.value or fails_with(generators, body, case, place, simple) then
        return
      end
    end
    return
  end
  local value, plain = choice.value, choice.simplest
  local step = value - plain
  while step ~= 0 and case.tries > 0 do
    if fails_with(generators, body, case, place, value - step) then
      value = value - step
    end
    local left = math.abs(value - plain)
    local size = math.min(math.abs(step) // 2, left)
    step = step < 0 and -size or size
  end
end

-- The simplest case found that fails like the one drawn where the source stood at `state`, with as
-- many tries as cases were left: it costs no more than a property that holds.
local function shrink(generators, body, state, message, tries)
  local source = noting(new_source(state))
  local case = { values = draw(generators, source), message = message, tries = tries }
  case.choices = source.choices
  local before
  repeat
    before = case.choices
    for place = 1, #case.choices do
      if case.choices[place] then
        shrink_choice(generators, body, case, place)
      end
    end
  until case.choices == before or case.tries == 0
  return case
end

local function run_property(generators, body, seed)
  local source = new_source(seed)
  for number = 1, PROPERTY_RUNS do
    local state = source.state
    local values = draw(generators, source)
    local succeeded, message = try(generators, body, values)
    if not succeeded then
      local case = shrink(generators, body, state, message, PROPERTY_RUNS - number)
      local place = "case " .. number .. " of " .. PROPERTY_RUNS .. ", seed " .. seed
      local drawn, simple = shown(values), shown(case.values)
      if drawn ~= simple then
        place = place .. "; drawn as " .. drawn
      end
      error(tostring(case.message) .. "\nwith " .. simple .. " (" .. place .. ")", 0)
    end
  end
end

local function run_hooks(hooks)
  for _, hook in ipairs(hooks) do
    hook()
  end
end

-- Runs one spec with the hooks around it; `after_each` runs also when it failed.
local function run_spec(spec, seed)
  local function body()
    run_hooks(spec.before)
    if spec.generators then
      run_property(spec.generators, spec.body, seed)
    else
      spec.body()
    end
  end
  if #spec.after == 0 then
    -- Unprotected, so that the failure keeps its call stack.
    body()
    return
  end
  -- Every hook runs. The first error is why the spec failed; the others follow behind it.
  local succeeded, message = pcall(body)
  for _, hook in ipairs(spec.after) do
    local is_clean, trouble = pcall(hook)
    if not is_clean and succeeded then
      succeeded, message = false, trouble
    elseif not is_clean then
      message = tostring(message) .. "\nafter_each failed, too: " .. tostring(trouble)
    end
  end
  if not succeeded then
    error(message, 0)
  end
end

local function joined(first, second)
  local all = {}
  for _, item in ipairs(first) do
    all[#all + 1] = item
  end
  for _, item in ipairs(second) do
    all[#all + 1] = item
  end
  return all
end

-- The words that declare specs; what they declare goes to `specs`.
local function new_words(specs, state)
  local words = {}
  local block = { path = {}, before = {}, after = {} }

  local function declare(name, body, more)
    if type(name) ~= "string" then
      error("a spec needs a name: it(\"says what must hold\", function() … end)", 3)
    elseif state.is_running then
      error("'" .. name .. "': a spec can't declare another one", 3)
    end
    -- Where it is declared: an error's place is all that tells, and the position goes by calls.
    local _, place = pcall(error, "", 4)
    local spec = { path = block.path, name = name, body = body, block = block, place = place }
    for key, value in pairs(more) do
      spec[key] = value
    end
    specs[#specs + 1] = spec
  end

  function words.describe(name, body)
    if type(name) ~= "string" or type(body) ~= "function" then
      error("describe takes a name and a function", 2)
    end
    local outer = block
    local path = joined(outer.path, { name })
    block = { path = path, before = {}, after = {}, outer = outer }
    body()
    block = outer
  end

  function words.it(name, body)
    if body == nil then
      declare(name, nil, { is_pending = true })
    else
      declare(name, body, {})
    end
  end

  function words.pending(name, reason)
    if type(reason) ~= "string" then
      reason = nil
    end
    declare(name, nil, { is_pending = true, reason = reason })
  end

  function words.before_each(body)
    block.before[#block.before + 1] = body
  end

  function words.after_each(body)
    block.after[#block.after + 1] = body
  end

  function words.each(rows, body)
    for _, row in ipairs(rows) do
      body(row)
    end
  end

  function words.with_policy(name, changes, body)
    if type(name) ~= "string" or type(changes) ~= "table" or type(body) ~= "function" then
      error("with_policy takes a policy's name, what changes in it and a function", 2)
    end
    local outer = state.policies
    local policies = {}
    for key, value in pairs(outer) do
      policies[key] = value
    end
    policies[name] = changes
    state.policies = policies
    local succeeded, message = pcall(body)
    state.policies = outer
    if not succeeded then
      error(message, 0)
    end
  end

  function words.property(name, generators, body)
    if type(generators) ~= "table" or type(body) ~= "function" then
      error("property takes a name, generators and a function", 2)
    elseif state.is_running then
      run_property(generators, body, state.seed)
    else
      declare(name, body, { generators = generators })
    end
  end

  return words
end

-- The hooks of a block and those around it: before from the outside in, after the other way.
local function gather_hooks(spec)
  local before, after = {}, {}
  local block = spec.block
  while block do
    before = joined(block.before, before)
    after = joined(after, block.after)
    block = block.outer
  end
  spec.before = before
  spec.after = after
end

local function list(specs)
  local out = {}
  for index, spec in ipairs(specs) do
    out[index] = {
      path = spec.path,
      name = spec.name,
      pending = spec.is_pending or false,
      reason = spec.reason,
      property = spec.generators ~= nil,
    }
  end
  return { specs = out }
end

-- The word that makes a decision: its result, its effects in order, and the id of each.
local function new_decide(host, state)
  return function(point, given, fakes)
    local answer = host.spec.decide(point, given or {}, fakes or {}, state.policies)
    if not answer.ok then
      state.failure = { code = answer.code, message = answer.message }
      error(answer.message, 0)
    end
    for _, effect in ipairs(answer.effects) do
      effect.amount = effect.amount and amount(effect.amount)
      if is_table(effect.most) then
        effect.most = amount(effect.most)
      end
    end
    return answer.result, answer.effects, answer.ids
  end
end

return function(input, host, environment, body)
  local specs = {}
  local state = { is_running = false, seed = input.seed or 1, assertions = 0, policies = {} }
  for name, word in pairs(new_words(specs, state)) do
    environment[name] = word
  end
  environment.assert = new_assert(state)
  environment.generate = generate
  environment.decide = new_decide(host, state)
  body()
  if input.list then
    return list(specs)
  end
  local spec = specs[input.run]
  gather_hooks(spec)
  state.is_running = true
  state.assertions = 0
  run_spec(spec, state.seed)
  if state.assertions == 0 then
    error(spec.place .. NOTHING_ASSERTED, 0)
  end
  return { passed = true }
end
