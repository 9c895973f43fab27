-- What the rules of several plugins say in the same words.
local names = require "policies.names"

local M = {}

---The golden ratio.
M.PHI = (1 + math.sqrt(5)) / 2

---What a decision returns when it says no: `return rules.refuse("no_reason", "a spend needs one")`.
---@param code string for programs: small letters and `_`
---@param message string for people
---@return nil, cascade.Refusal
function M.refuse(code, message)
  return nil, { code = code, message = message }
end

---No money at all.
---@param asset string
---@return cascade.Amount
function M.nothing(asset)
  return amount(asset, 0)
end

---What an account can still give; an account that nobody knows has nothing.
---@param host cascade.Host
---@param account string
---@param asset string that the account is of, if there is one
---@return cascade.Amount
function M.available(host, account, asset)
  return host.ledger.balance(account) or M.nothing(asset)
end

---The account of a citizen's ducats.
---@param citizen string
---@return string
function M.citizen_account(citizen)
  return names.citizen_prefix .. citizen
end

---Why this is no citizen's name; nil when it may be one. A name with a `:` would reach an account
---that belongs to somebody else.
---@param citizen string
---@return cascade.Refusal|nil
function M.not_a_citizen(citizen)
  if citizen:find(":", 1, true) then
    return { code = "not_a_citizen", message = "'" .. citizen .. "' is no citizen's name" }
  end
  return nil
end

---All the given texts, each once, in ascending order.
---@param ... string[]
---@return string[]
function M.sorted_set(...)
  local set, has = {}, {}
  for _, list in ipairs({ ... }) do
    for _, text in ipairs(list) do
      if not has[text] then
        has[text] = true
        set[#set + 1] = text
      end
    end
  end
  table.sort(set)
  return set
end

---A social class as the charter names it: without surrounding space and without a place of origin.
---@param text string
---@return string
function M.social_class(text)
  local class = text:match("^%s*(.-)%s*$") --[[@as string]]
  for _, name in ipairs(names.classes_with_origin) do
    if class:sub(1, #name + 6) == name .. " from " then
      return name
    end
  end
  return class
end

return M
