import Core

@testable import Rulebook

/// A mistake that authors make. What they are told first stands in Snapshots/mistakes.txt.
struct Mistake: Sendable, CustomStringConvertible {
  /// What somebody did.
  var name: String
  /// The file that it is in.
  var file = "plugins/shop/plugin.lua"
  /// What stands there when it is right; empty where the file itself is the mistake.
  var right: String
  /// What they wrote.
  var wrong: String
  init(_ name: String, in file: String = "plugins/shop/plugin.lua", _ right: String, _ wrong: String) {
    (self.name, self.file, self.right, self.wrong) = (name, file, right, wrong)
  }

  var description: String { name }

  static let policy = "policies/fees.lua"
  static let spec = "plugins/shop/spec/shop_spec.lua"

  /// The rulebook without a mistake.
  static let files = [
    policy: """
    -- Who may change this: anybody.
    return { share = "0.10", most = 9, shop = "shop" }

    """,
    "plugins/library/words.lua": "local fees = require \"policies.fees\"\nreturn { most = fees.most }\n",
    "plugins/shop/plugin.lua": """
    local fees = require "policies.fees"

    local function fee_of(price)
      return price:convert(price.asset, { fees.share }, {}, "ceil")
    end

    return {
      name = "shop", version = "1.0.0",
      decisions = {
        ["shop.sell"] = {
          summary = "Sells something.",
          uses = { "ledger.balance", "ledger.post" },
          debits = { "citizen:*" },
          input = {
            buyer = "account",
            price = "amount",
            kind = { enum = { "gift", "plain" } },
            count = { type = "integer", min = 1, default = 1 },
          },
          output = { paid = "amount", fee = "amount", kind = { enum = { "gift", "plain" } } },
          decide = function(input, host)
            local fee = fee_of(input.price)
            if input.count > fees.most then
              return nil, { code = "too_many", message = "that is too much at once" }
            end
            local has = host.ledger.balance(input.buyer)
            host.ledger.post { from = input.buyer, to = "shop", amount = input.price + fee }
            return { paid = input.price + fee, fee = fee, kind = has and input.kind or "plain" }
          end,
        },
      },
    }

    """,
    spec: """
    describe("shop.sell", function()
      it("takes the price and the fee", function()
        local result, effects = decide("shop.sell", {
          buyer = "citizen:ada", price = "1.00 DUC/2", kind = "gift",
        }, { ledger = { balances = { ["citizen:ada"] = "5.00 DUC/2" } } })
        assert.equal(amount("1.10 DUC/2"), result.paid)
        assert.equal(1, #effects)
      end)
    end)

    """,
  ]

  /// The rulebook with it.
  var snapshot: RulebookSnapshot {
    var files = Self.files
    files[file] = files[file]?.replacing(right, with: wrong, maxReplacements: 1) ?? wrong
    return RulebookSnapshot(files: files.mapValues { Array($0.utf8) })
  }

  /// What an author is told first: by loading, by `check`, or by the spec; nothing when all is well.
  var told: String {
    do throws(RulebookRejected) {
      let rulebook = try RulebookLoader.load(snapshot, runSpecs: false, review: .doubts)
      if let doubt = rulebook.doubts.first { return doubt.message }
      let run = SpecRunner(rulebook: rulebook).run()
      let failure = run.loadErrors.first ?? run.results.first { $0.status == .failed }?.message
      return failure ?? ""
    } catch {
      return error.errors.first?.message ?? ""
    }
  }
}
