local fees = require "policies.fees"
local names = require "policies.names"
local offers = require "library.offers"
local policy = require "policies.payments"
local prices = require "prices"
local quote = require "quote"
local rules = require "library.rules"
local sale = require "sale"
local schema = require "schema"
local uplift = require "uplift"

local source = { sell = names.ducat, buy = names.dollar, purchase = names.ducat }

---Why an amount can't be quoted; nil when it can.
---@param side "sell"|"buy"|"purchase"
---@param wanted cascade.Amount
---@return cascade.Refusal|nil
local function refusal(side, wanted)
  local asset = source[side]
  if wanted.asset ~= asset then
    return {
      code = "wrong_asset",
      message = "a " .. side .. " is quoted in " .. asset .. ", not in " .. wanted.asset,
    }
  end
  if wanted < amount(fees.minimum[asset]) then
    return {
      code = "below_minimum",
      message = "the least amount of a " .. side .. " is " .. fees.minimum[asset],
    }
  end
  return nil
end

---Why no offer is made of a purchase of this price; nil when one is. What was offered once is paid
---for at its price, whatever the limits have become.
---@param base cascade.Amount dollars before the fee
---@return cascade.Refusal|nil
local function limits_refusal(base)
  if base < amount(fees.custom_minimum) or amount(fees.custom_maximum) < base then
    return {
      code = "outside_purchase_limits",
      message = "a purchase costs between " .. fees.custom_minimum .. " and "
        .. fees.custom_maximum .. " before the fee",
    }
  end
  return nil
end

---A sale at the citizen's multiplier when its uplift is covered, else whole at multiplier 1.
---@param input { amount: cascade.Amount, level: number, citizen: string|nil }
---@param host cascade.Host
---@param rate string
---@return table parts, string multiplier, "granted"|"none"|"exhausted" uplift
local function quoted_sale(input, host, rate)
  local plain = quote.sell(input.amount, rate, quote.PLAIN)
  if input.citizen == nil then
    return plain, quote.PLAIN, "none"
  end
  local multiplier = quote.multiplier(input.level)
  local lifted = quote.sell(input.amount, rate, multiplier)
  note("beyond multiplier 1", lifted.gross - plain.gross)
  if uplift.is_covered(host, input.citizen, lifted.gross - plain.gross) then
    return lifted, multiplier, "granted"
  end
  return plain, quote.PLAIN, "exhausted"
end

---The parts of any quote.
---@param input { side: string, amount: cascade.Amount, level: number, citizen: string|nil }
---@param host cascade.Host
---@param rate string
---@return table parts, string multiplier, "granted"|"none"|"exhausted" uplift
local function parts_of(input, host, rate)
  if input.side == "sell" then
    return quoted_sale(input, host, rate)
  end
  local multiplier = quote.multiplier(input.level)
  local made = input.side == "buy" and quote.buy or quote.purchase
  return made(input.amount, rate, multiplier), multiplier, "none"
end

---What a package costs and gives, whatever the level.
---@param offer { price: string, ducats: string, bonus: string }
---@return table price
local function package_price(offer)
  return {
    ducats = amount(offer.ducats), bonus = amount(offer.bonus),
    fee = rules.nothing(names.dollar), charge = amount(offer.price),
    rate = fees.rate, multiplier = quote.PLAIN,
  }
end

---What ducats of the buyer's choice cost.
---@param wanted cascade.Amount
---@param level number
---@return table|nil price, cascade.Refusal|nil
local function custom_price(wanted, level)
  local refused = refusal("purchase", wanted)
  if refused then
    return nil, refused
  end
  local multiplier = quote.multiplier(level)
  local parts = quote.purchase(wanted, fees.rate, multiplier)
  refused = limits_refusal(parts.base)
  if refused then
    return nil, refused
  end
  return {
    ducats = parts.gross, bonus = rules.nothing(names.ducat), fee = parts.fee,
    charge = parts.charge, rate = fees.rate, multiplier = multiplier,
  }
end

---What a purchase through the payment service costs: a package, or ducats of the buyer's choice.
---@param input { package: string|nil, amount: cascade.Amount|nil, level: number }
---@return table|nil price, cascade.Refusal|nil
local function purchase(input)
  local offer = input.package and fees.packages[input.package]
  local price, refused
  if offer then
    price = package_price(offer)
  elseif input.amount then
    price, refused = custom_price(input.amount, input.level)
  else
    return rules.refuse("nothing_wanted", "name a package or an amount of ducats")
  end
  if price == nil then
    return nil, refused
  end
  refused = offers.suspension(price.ducats, price.charge, fees)
  if refused then
    return nil, refused
  end
  return price
end

---How long an offer stands, when one is made: a purchase and a buy keep within their limits.
---@param input cascade.bridge.validity.Input
---@return table|nil result, cascade.Refusal|nil
local function validity(input)
  local refused = refusal(input.side, input.amount)
  if refused == nil and input.side == "buy" then
    refused = limits_refusal(input.amount)
  elseif refused == nil and input.side == "purchase" then
    local parts = quote.purchase(input.amount, fees.rate, quote.multiplier(input.level))
    refused = limits_refusal(parts.base)
  end
  if refused then
    return nil, refused
  end
  return { seconds = fees.quote_seconds }
end

prices.check_bounds(fees)
prices.check_reserve(fees, policy.accounts)

---@type cascade.Plugin
return {
  name = "bridge",
  version = "1.0.0",
  doubts = prices.doubts(fees),
  decisions = {
    ["bridge.quote"] = {
      summary = "Price of ducats in dollars, or of dollars in ducats, for a citizen's level.",
      uses = { "ledger.balance" },
      refusals = { "below_minimum", "wrong_asset" },
      input = schema.question,
      output = schema.quote,
      decide = function(input, host)
        local refused = refusal(input.side, input.amount)
        if refused then
          return nil, refused
        end
        local parts, multiplier, granted = parts_of(input, host, fees.rate)
        return {
          side = input.side, rate = fees.rate, multiplier = multiplier,
          gross = parts.gross, fee = parts.fee, net = parts.net, charge = parts.charge,
          uplift = granted,
        }
      end,
    },

    ["bridge.validity"] = {
      summary = "How long an offer of this price stands; refuses what is not offered.",
      refusals = { "below_minimum", "outside_purchase_limits", "wrong_asset" },
      input = schema.question,
      output = schema.validity,
      decide = validity,
    },

    ["bridge.purchase"] = {
      summary = "Charge for a package, or for a custom purchase within its limits.",
      refusals = {
        "below_minimum", "nothing_wanted", "offer_suspended", "outside_purchase_limits",
        "wrong_asset",
      },
      input = schema.order,
      output = schema.price,
      decide = function(input)
        return purchase(input)
      end,
    },

    ["bridge.sell"] = {
      summary = "Carries out a quoted sale: ducats to the bridge, dollars owed to the citizen.",
      uses = { "ledger.post" },
      debits = {
        rules.citizen_account("*"), policy.accounts.bridge_dollars,
        policy.accounts.payable_prefix .. "*", fees.uplift.citizen_prefix .. "*:*",
        fees.uplift.reserve,
      },
      credits = {
        policy.accounts.bridge_ducats, policy.accounts.payable_prefix .. "*",
        policy.accounts.uplift_settled, policy.accounts.fees_dollars,
      },
      refusals = { "not_a_citizen", "not_a_quote", "offer_suspended" },
      input = schema.sale,
      output = schema.booking,
      decide = sale.carry_out,
    },
  },
}
