import Core
import Rulebook

/// Rulebooks of two decisions, one of them with effects, that differ in numbers, branches, host calls and fields.
struct ProbeRules: Sendable, Equatable {
  var most = 80
  var factor = 3
  var cut = 40
  var broken = 9
  var turns = 1
  var fallback = 5
  /// The accounts that a price looks at, in this order.
  var accounts = ["pool:one"]
  var field = "fee"
  var hasBranch = false
  var needsMore = false
  var posts = 1
  var share = 2
  var fee = 0
  var reference = "pay"
  var hasPay = true

  static func random(_ generator: inout some RandomNumberGenerator) -> ProbeRules {
    var rules = ProbeRules()
    rules.change(&generator)
    return rules
  }

  /// Changes up to three things.
  mutating func change(_ generator: inout some RandomNumberGenerator) {
    for _ in 0..<Int.random(in: 0...3, using: &generator) {
      switch Int.random(in: 0..<15, using: &generator) {
      case 0: most = Int.random(in: 20...120, using: &generator)
      case 1: factor = Int.random(in: 1...5, using: &generator)
      case 2: cut = Int.random(in: 10...90, using: &generator)
      case 3: broken = Int.random(in: 0...9, using: &generator)
      case 4: turns = Int.random(in: 0...400, using: &generator)
      case 5: fallback = Int.random(in: 0...9, using: &generator)
      case 6:
        accounts = [["pool:one"], [], ["pool:two"], ["pool:one", "pool:two"]].randomElement(using: &generator) ?? []
      case 7: field = ["fee", "charge"].randomElement(using: &generator) ?? "fee"
      case 8: hasBranch.toggle()
      case 9: needsMore = Int.random(in: 0..<4, using: &generator) == 0
      case 10: posts = Int.random(in: 1...3, using: &generator)
      case 11: share = Int.random(in: 1...4, using: &generator)
      case 12: fee = Int.random(in: 0...3, using: &generator)
      case 13: reference = ["pay", "bonus"].randomElement(using: &generator) ?? "pay"
      default: hasPay = Int.random(in: 0..<4, using: &generator) > 0
      }
    }
  }

  func rulebook() throws -> CheckedRulebook {
    try RecordedWorld.load(["policies/probe.lua": policy, "plugins/probe/plugin.lua": plugin])
  }

  private var policy: String {
    """
    return {
      most = \(most),
      factor = \(factor),
      cut = \(cut),
      broken = \(broken),
      turns = \(turns),
      posts = \(posts), share = \(share),
      fee = \(fee),
      reference = "\(reference)",
    }
    """
  }

  private var plugin: String {
    let reads = accounts.map { account in
      """
            balance = host.ledger.balance("\(account)")
            held = held + (balance and balance.minor or 0)
      """
    }.joined(separator: "\n")
    let branch = hasBranch ? "    if input.value % 5 == 0 then held = held + 1 end" : ""
    let more = needsMore ? #", more = "string""# : ""
    return """
      local policy = require "policies.probe"
      local M = { name = "probe", version = "1.0.0", decisions = {} }
      M.decisions["probe.price"] = {
        input = { citizen = "account", value = { type = "integer", default = \(fallback) }\(more) },
        output = { \(field) = "integer", ratio = "number", kind = "string" },
        uses = { "ledger.balance" },
        decide = function(input, host)
          if input.value > policy.most then
            return nil, { code = "too_much", message = "at most " .. policy.most }
          end
          if input.value % 7 == policy.broken then error("it broke") end
          local held, balance = 0, nil
      \(reads)
      \(branch)
          for _ = 1, policy.turns do held = held + 0 end
          local kind = input.value > policy.cut and "high" or "low"
          return { \(field) = input.value * policy.factor + held + (balance and 0 or 0), ratio = input.value / 8, kind = kind }
        end,
      }
      \(hasPay ? pay : "")
      return M
      """
  }

  private var pay: String {
    """
    M.decisions["probe.pay"] = {
      input = { citizen = "account", value = "integer" },
      output = { paid = "amount" },
      uses = { "ledger.post" }, debits = { "pot" },
      decide = function(input, host)
        local paid = amount("0.00 DUC/2")
        for place = 1, policy.posts do
          local part = amount("DUC/2", input.value * policy.share + place)
          host.ledger.post { from = "pot", to = "citizen:" .. input.citizen, amount = part, reference = policy.reference }
          paid = paid + part
        end
        if policy.fee > 0 then
          host.ledger.post { from = "pot", to = "fees:probe", amount = amount("DUC/2", policy.fee) }
        end
        return { paid = paid }
      end,
    }
    """
  }
}
