import Core

@testable import Rulebook

/// Small rulebooks that tests begin from.
enum RulebookSamples {
  static let policy = "return { noble = 100 }\n"

  static let tiers = """
    local tiers = require "policies.tiers"
    local words = require "words"

    return {
      name = "tiers", version = "1.0.0",
      decisions = {
        ["tier.assign"] = {
          summary = "Subscription tier of a citizen.",
          input = { social_class = "string", influence = { type = "number", default = 0 } },
          output = { tier = { enum = { "enterprise", "observer" } }, price = "integer" },
          decide = function(input, host)
            if input.social_class == "Nobili" then
              return { tier = words.high, price = tiers.noble }
            end
            return { tier = "observer", price = 0 }
          end,
        },
      },
    }

    """

  static let words = "return { high = \"enterprise\" }\n"

  static let bank = """
    return {
      name = "bank", version = "1.0.0",
      decisions = {
        ["bank.pay"] = {
          input = { from = "account", amount = "amount" },
          output = { left = { type = "amount", optional = true }, at = "integer" },
          uses = { "ledger.balance", "ledger.post" },
          debits = { "citizen:*" },
          decide = function(input, host)
            if input.from == "citizen:poor" then
              return nil, { code = "too_poor", message = "there is nothing to pay with" }
            end
            host.ledger.post { from = input.from, to = "bank", amount = input.amount }
            return { left = host.ledger.balance(input.from), at = host.now }
          end,
        },
      },
    }

    """

  /// A plugin that settles holds.
  static let till = """
    return {
      name = "till", version = "1.0.0",
      decisions = {
        ["till.settle"] = {
          input = { hold = "string", amount = { type = "amount", optional = true } },
          output = { id = "string" },
          uses = { "ledger.settle" },
          debits = { "citizen:*" },
          decide = function(input, host)
            return { id = host.ledger.settle { hold = input.hold, amount = input.amount }.id }
          end,
        },
      },
    }

    """

  static let files: [String: String] = [
    "policies/tiers.lua": policy, "plugins/tiers/plugin.lua": tiers, "plugins/tiers/words.lua": words,
    "plugins/bank/plugin.lua": bank,
  ]

  /// The sample with these files added or replaced; nil takes one away.
  static func snapshot(_ changes: [String: String?] = [:]) -> RulebookSnapshot {
    var files = files
    for (path, text) in changes { files[path] = text }
    return RulebookSnapshot(
      files: Dictionary(uniqueKeysWithValues: files.map { (ExactText($0), Array($1.utf8)) }))
  }

  /// The messages of what is wrong with the sample after these changes.
  static func messages(_ changes: [String: String?], runSpecs: Bool = false) -> [String] {
    do throws(RulebookRejected) {
      _ = try RulebookLoader.load(snapshot(changes), runSpecs: runSpecs)
      return []
    } catch {
      return error.errors.map(\.message)
    }
  }

  static func specs(_ text: String, filter: SpecFilter = .all, seed: UInt64? = nil) throws -> SpecRun {
    let files = ["plugins/tiers/spec/tiers_spec.lua": text, "plugins/till/plugin.lua": till]
    let rulebook = try RulebookLoader.load(snapshot(files), runSpecs: false)
    return SpecRunner(rulebook: rulebook, filter: filter, countsLines: true, seed: seed).run()
  }
}
