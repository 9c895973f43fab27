-- Sums of decimals that are texts, as shares and percentages are in policies: exact, nothing is
-- rounded. Both have at most 18 digits, each with as many decimals as the other.
local M = {}

local MOST_DIGITS = 18

---The digits of a decimal without its point, and how many of them stand behind it.
---@param text string
---@return string sign "-" or nothing
---@return string digits
---@return integer decimals
local function read(text)
  local sign, whole, fraction = text:match("^(%-?)(%d+)%.?(%d*)$")
  if whole == nil or text:sub(-1) == "." then
    error("'" .. text .. "' is no decimal", 4)
  end
  return sign --[[@as string]], whole .. fraction, #fraction
end

---Both as whole numbers of the same unit, and how many decimals that unit has.
---@param left string
---@param right string
---@return integer left, integer right, integer decimals
local function aligned(left, right)
  local left_sign, left_digits, left_decimals = read(left)
  local right_sign, right_digits, right_decimals = read(right)
  local decimals = math.max(left_decimals, right_decimals)
  left_digits = left_digits .. ("0"):rep(decimals - left_decimals)
  right_digits = right_digits .. ("0"):rep(decimals - right_decimals)
  if math.max(#left_digits, #right_digits) > MOST_DIGITS then
    error("'" .. left .. "' and '" .. right .. "' have more than 18 digits", 3)
  end
  return tonumber(left_sign .. left_digits) --[[@as integer]],
    tonumber(right_sign .. right_digits) --[[@as integer]], decimals
end

---@param number integer
---@param decimals integer
---@return string
local function written(number, decimals)
  local sign = number < 0 and "-" or ""
  local digits = string.format("%0" .. decimals + 1 .. "d", math.abs(number))
  if decimals == 0 then
    return sign .. digits
  end
  local fraction = digits:sub(-decimals):gsub("0+$", "")
  return sign .. digits:sub(1, -decimals - 1) .. (fraction == "" and "" or "." .. fraction)
end

---The sum, without zeros at its end.
---@param left string
---@param right string
---@return string
function M.add(left, right)
  local one, other, decimals = aligned(left, right)
  return written(one + other, decimals)
end

---What is left of the first, without zeros at its end.
---@param left string
---@param right string
---@return string
function M.subtract(left, right)
  local one, other, decimals = aligned(left, right)
  return written(one - other, decimals)
end

---Whether the first is less; texts by themselves compare letter by letter.
---@param left string
---@param right string
---@return boolean
function M.less(left, right)
  local one, other = aligned(left, right)
  return one < other
end

return M
