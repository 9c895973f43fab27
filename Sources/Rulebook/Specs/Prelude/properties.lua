-- A property holds for a hundred draws, or is told by the simplest case that it fails on.

local drawing = require "cascade.spec.drawing"
local shown = require("cascade.spec.values").shown

local PROPERTY_RUNS = 100

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
  local source = drawing.repeating(wanted)
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
  local source = drawing.noting(drawing.new_source(state))
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
  local source = drawing.new_source(seed)
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

return run_property
