-- What the decisions about payments are asked and answer, by their verb.
local M = {}

local level = { type = "number", min = 0, max = 1 }
local posting = { from = "account", to = "account", amount = "amount" }
local postings = { list = { record = posting } }
local clearing = { type = "account", description = "Where the host books what came in." }
local collected = { type = "amount", description = "The host books it as come in." }

M.authorize = {
  input = {
    payment = "string",
    citizen = "account",
    level = level,
    kind = { enum = { "buy", "purchase", "package" } },
    rate = "string",
    multiplier = "string",
    ducats = { type = "amount", description = "For the citizen's account." },
    bonus = { type = "amount", description = "For the citizen's bonus account." },
    fee = { type = "amount", description = "In dollars it is part of the charge." },
    charge = "amount",
    open_payments = {
      type = "integer", min = 0, default = 0,
      description = "The citizen's others that wait to be paid.",
    },
    generation = { type = "integer", description = "That priced it." },
    decision = { type = "string", description = "That priced it." },
  },
  output = {
    holds = { list = "string" },
    postings = postings,
    metadata = "any",
    charge = "amount",
    fee = "amount",
    currency = "string",
    ducats = "amount",
    bonus = "amount",
    intent_seconds = { type = "integer", min = 1 },
  },
}

M.stands = {
  input = {
    payment = "string",
    ducats = { type = "amount", description = "That can be sold: without the bonus." },
    charge = "amount",
  },
  output = {},
}

M.settle = {
  input = {
    payment = "string",
    citizen = "account",
    holds = { list = "string" },
    ducats = "amount",
    bonus = "amount",
    fee = "amount",
    charge = "amount",
    collected = collected,
    metadata = {
      type = "any", optional = true, description = "As it was answered when authorized.",
    },
  },
  output = {
    credit = { type = "amount", description = "What Venice is told to credit." },
    clearing = clearing,
    postings = postings,
  },
}

M.void = {
  input = { payment = "string", holds = { list = "string" } },
  output = { voided = "integer" },
}

M.suspend = {
  input = {
    payment = "string",
    citizen = "account",
    collected = collected,
    reason = "string",
  },
  output = { clearing = clearing, postings = postings },
}

M.reverse = {
  input = {
    payment = "string",
    charge = "amount",
    lost = { type = "amount", description = "Refunded and disputed so far." },
    lost_before = { type = "amount", description = "Of that, what was taken back already." },
    postings = {
      list = {
        record = {
          transfer = "string", from = "account", to = "account", amount = "amount",
          closed = { type = "boolean", optional = true },
        },
      },
      description = "Of the settlement, in its order; closed are those that can't give back.",
    },
  },
  output = {
    reversals = {
      list = {
        record = { transfer = "string", from = "account", to = "account", amount = "amount" },
      },
    },
    overdrafts = { list = { record = { account = "account", limit = "amount" } } },
  },
}

return M
