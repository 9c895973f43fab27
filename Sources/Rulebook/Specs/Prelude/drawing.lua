-- What a property's cases are drawn from, and how: sources of choices, and generators of values.

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

return {
  new_source = new_source, noting = noting, repeating = repeating, generate = generate,
}
