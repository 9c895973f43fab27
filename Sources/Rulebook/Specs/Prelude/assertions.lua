-- The words of `assert`.

local values = require "cascade.spec.values"

local is_table, shown, equal, same = values.is_table, values.shown, values.equal, values.same
local differences = values.differences

-- A message of an assertion, raised at the line that called the assertion.
local function fail(text, note)
  if note ~= nil then
    text = tostring(note) .. ": " .. text
  end
  error(text, 3)
end

-- Refuses anything but a function where an assertion calls one, at the line of the assertion.
local function check_function(word, form, body)
  if type(body) ~= "function" then
    error("assert." .. word .. " takes a function that it can call: assert." .. word .. "(" .. form
      .. ")", 3)
  end
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
    check_function("has_error", "function() … end", body)
    local succeeded, message = pcall(body)
    if succeeded then
      fail("expected an error, got none", note)
    elseif text ~= nil and not string.find(tostring(message), text, 1, true) then
      fail("expected an error with " .. shown(text) .. ", got " .. shown(message), note)
    end
  end
  function words.refused(code, body, text, note)
    check_function("refused", "\"code\", function() … end", body)
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
    check_function("has_no_error", "function() … end", body)
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

return new_assert
