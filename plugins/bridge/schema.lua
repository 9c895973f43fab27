-- What the bridge's decisions are asked and answer.
local M = {}

local level = { type = "number", min = 0, max = 1 }
local side = { enum = { "sell", "buy", "purchase" } }
local uplift = { enum = { "granted", "none", "exhausted" } }

---What a price is asked for.
M.question = {
  side = side,
  amount = {
    type = "amount",
    description = "In the source asset; for a purchase, the ducats wanted.",
  },
  level = level,
  citizen = { type = "account", optional = true },
}

M.quote = {
  side = side,
  rate = "string",
  multiplier = "string",
  gross = "amount",
  fee = "amount",
  net = "amount",
  charge = { type = "amount", optional = true },
  uplift = uplift,
}

M.validity = { seconds = { type = "integer", min = 1 } }

---What is bought through the payment service.
M.order = {
  package = {
    enum = { "starter", "explorer", "trader", "merchant", "noble" }, optional = true,
  },
  amount = { type = "amount", optional = true },
  level = { type = "number", min = 0, max = 1, default = 0 },
}

M.price = {
  ducats = "amount", bonus = "amount", fee = "amount", charge = "amount",
  rate = "string", multiplier = "string",
}

---A sale as it was quoted.
M.sale = {
  payment = "string",
  citizen = "account",
  amount = "amount",
  rate = "string",
  multiplier = "string",
  gross = "amount",
  fee = "amount",
  net = "amount",
  uplift = uplift,
  generation = { type = "integer", description = "That quoted." },
  decision = { type = "string", description = "The quote." },
}

M.booking = {
  payout = { type = "amount", description = "What is owed to the citizen now." },
  fee = "amount",
  postings = { list = { record = { from = "account", to = "account", amount = "amount" } } },
  overdrafts = {
    list = { record = { account = "account", limit = "amount" } },
    description = "How far below zero the host must let accounts go that are new.",
  },
}

return M
