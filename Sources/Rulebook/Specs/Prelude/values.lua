-- How values are shown in messages, and when two are the same.

local SHOWN_LENGTH = 200
local MOST_DIFFERENCES = 20

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

return { is_table = is_table, shown = shown, equal = equal, same = same, differences = differences }
