-- The words that declare specs, and what runs one of them.

local run_property = require "cascade.spec.properties"

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

-- Gives a function a row of a file. What it declares belongs to that case, and what goes wrong is
-- told with it.
local function with_case(state, place, body, row)
  local outer = state.case
  state.case = place
  local succeeded, message = pcall(body, row)
  state.case = outer
  if not succeeded then
    error(tostring(message) .. "\nwith the case " .. place, 0)
  end
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
    local spec = {
      path = block.path, name = name, body = body, block = block, place = place, case = state.case,
    }
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
    if type(rows) ~= "table" or type(body) ~= "function" then
      error("each takes a list, or cases(\"prices.csv\"), and a function", 2)
    end
    for _, row in ipairs(rows) do
      if state.places[row] then
        with_case(state, state.places[row], body, row)
      else
        body(row)
      end
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
    local results = table.pack(pcall(body))
    state.policies = outer
    if not results[1] then
      error(results[2], 0)
    end
    return table.unpack(results, 2, results.n)
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
      case = spec.case,
    }
  end
  return { specs = out }
end

return { new = new_words, gather_hooks = gather_hooks, list = list, run = run_spec }
