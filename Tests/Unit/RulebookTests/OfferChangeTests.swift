import Core
import Foundation
import TestSupport
import Testing

@testable import Rulebook

/// What was offered before all numbers of `policies/fees.lua` changed is worth no more than it costs after, or isn't
/// carried out. Worth and cost are reckoned here, exactly, and by nothing that the rules use.
@Suite struct OfferChangeTests {
  /// A quoted sale, or an offer that was paid for: the input of what carries it out.
  private struct Earlier {
    var sales: [JSON] = []
    var purchases: [JSON] = []
  }

  /// How many were carried out, and how many suspended.
  private struct Tally {
    var done = 0
    var suspended = 0
  }

  /// `CASCADE_POLICIES` tries so many, and CASCADE_SEED others.
  @Test func `no earlier offer is worth more than it costs when all numbers have changed`() throws {
    let environment = ProcessInfo.processInfo.environment
    let count = environment["CASCADE_POLICIES"].flatMap { Int($0) } ?? 40
    let seed = environment["CASCADE_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...(.max))
    print("CASCADE_SEED=\(seed)")
    let shipped = try RulebookLoader.load(directory: Checkout.directory, runSpecs: false)
    var (generator, earlier) = (DrawnNumbers(state: seed), Earlier())
    var (sales, purchases) = (Tally(), Tally())
    for number in 0..<count {
      let policy = OfferPolicy.random(&generator)
      let runner = DecisionRunner(rulebook: try policy.rulebook(of: shipped))
      let what = "policy \(number) of seed \(seed): \(policy)"
      for sale in earlier.sales { try Self.carryOut(sale, runner, policy, &sales, what) }
      for purchase in earlier.purchases { try Self.take(purchase, runner, policy, &purchases, what) }
      earlier = try Self.offers(runner, policy, &generator)
    }
    for tally in [sales, purchases] { #expect(min(tally.done, tally.suspended) > count / 2, "\(sales), \(purchases)") }
  }

  // MARK: Before

  private static func amount(_ minor: Int64, _ asset: String) throws -> JSON {
    Amount(minor, try #require(Asset(asset))).json
  }

  /// A host where nobody is short of anything, and the day's account of uplifts goes down as far as need be.
  private static func plenty() throws -> JSON {
    let (ducats, dollars) = (try amount(1 << 60, "DUC/2"), try amount(1 << 60, "USD/2"))
    return [
      "now": 0,
      "ledger": [
        "balances": [
          "citizen:anna": ducats, "reserve:ducats": ducats, "bridge:dollars": dollars, "reserve:uplift": dollars,
        ],
        "floors": ["uplift:anna:19700101": try amount(-(1 << 60), "USD/2")],
      ],
    ]
  }

  /// What is offered at some amounts and levels, in every way there is.
  private static func offers(
    _ runner: DecisionRunner, _ policy: OfferPolicy, _ generator: inout DrawnNumbers
  ) throws -> Earlier {
    var earlier = Earlier()
    for package in policy.packages {
      let answer = try OfferReply(runner, "bridge.purchase", ["package": .string(package.name)])
      if let price = answer.result { earlier.purchases.append(try order(price, "package")) }
    }
    for _ in 0..<8 {
      let level = JSON.double(Double(generator.pick([0, 1_000_000, generator.number(0...1_000_000)])) / 1e6)
      let minor = generator.number(100...generator.pick([200, 10_000, 10_000_000]))
      let (ducats, dollars) = (try amount(minor, "DUC/2"), try amount(minor, "USD/2"))
      let free = try OfferReply(runner, "bridge.purchase", ["amount": ducats, "level": level])
      if let price = free.result { earlier.purchases.append(try order(price, "purchase")) }
      let buy: JSON = ["side": "buy", "amount": dollars, "level": level]
      if let quote = try OfferReply(runner, "bridge.quote", buy).result, try quote.minor("net") > 0 {
        let price: JSON = [
          "ducats": try #require(quote["net"]), "bonus": try amount(0, "DUC/2"), "fee": try #require(quote["fee"]),
          "charge": dollars, "rate": try #require(quote["rate"]), "multiplier": try #require(quote["multiplier"]),
        ]
        earlier.purchases.append(try order(price, "buy"))
      }
      let sell: JSON = ["side": "sell", "amount": ducats, "level": level, "citizen": "anna"]
      let quote = try #require(try OfferReply(runner, "bridge.quote", sell, plenty()).result)
      earlier.sales.append(try sale(of: ducats, quote))
    }
    return earlier
  }

  /// What somebody who proved to be anna asks for: these members and those of the price.
  private static func asked(_ price: JSON, _ more: [(String, JSON)]) throws -> JSON {
    var object = try #require(price.object)
    for (name, value) in more + [("payment", "p-1"), ("citizen", "anna"), ("generation", 1), ("decision", "d-1")] {
      object.append(name, value)
    }
    return .object(object)
  }

  private static func order(_ price: JSON, _ kind: String) throws -> JSON {
    try asked(price, [("kind", .string(kind)), ("level", 0)])
  }

  private static func sale(of ducats: JSON, _ quote: JSON) throws -> JSON {
    var parts = try #require(quote.object)
    parts["side"] = nil
    return try asked(.object(parts), [("amount", ducats)])
  }

  // MARK: After

  /// What a sale on an earlier quote pays, but for what the reserve gives, is no more than its ducats cost by now, in
  /// any way in which they are offered.
  private static func carryOut(
    _ sale: JSON, _ runner: DecisionRunner, _ policy: OfferPolicy, _ tally: inout Tally, _ what: String
  ) throws {
    let (sold, moves): (JSON, [TransferRequest])
    switch try OfferReply(runner, "bridge.sell", sale, plenty()) {
    case .answer(let result, let made): (sold, moves) = (result, made)
    case .refused(let code):
      #expect(code == "offer_suspended", "\(what), \(sale): \(code)")
      return tally.suspended += 1
    }
    tally.done += 1
    let lifted = moves.filter { $0.from.text == "reserve:uplift" }.reduce(0) { $0 + $1.amount.minor }
    let (paid, ducats) = (Int128(try sold.minor("payout")) - Int128(lifted), Int128(try sale.minor("amount")))
    // Of one's choice, the fee on top.
    let cost = ducats * Int128(policy.rate) * Int128(1_000_000 + policy.fee)
    #expect(paid * 1_000_000_000_000 <= cost, "\(what), \(sale)")
    for package in policy.packages where !policy.isGift(package.ducats, for: package.price) {
      #expect(paid * Int128(package.ducats) <= Int128(package.price) * ducats, "\(what), \(package), \(sale)")
    }
  }

  /// An earlier offer is taken while its ducats sell for no more than it costs, and for no longer.
  private static func take(
    _ order: JSON, _ runner: DecisionRunner, _ policy: OfferPolicy, _ tally: inout Tally, _ what: String
  ) throws {
    let (ducats, charge) = (try order.minor("ducats"), try order.minor("charge"))
    let isGift = policy.isGift(ducats, for: charge)
    let waiting: JSON = [
      "payment": "p-1", "ducats": try amount(ducats, "DUC/2"), "charge": try amount(charge, "USD/2"),
    ]
    for (point, input) in [("payment.authorize", order), ("payment.stands", waiting)] {
      switch try OfferReply(runner, point, input, plenty()) {
      case .answer: #expect(!isGift, "\(what), \(point), \(order)")
      case .refused(let code): #expect(isGift && code == "offer_suspended", "\(what), \(point), \(order): \(code)")
      }
    }
    if isGift { tally.suspended += 1 } else { tally.done += 1 }
  }
}
