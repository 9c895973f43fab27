import Commerce
import Core
import Decisions
import Foundation
import Ledger
import StandIns
import Testing
import TrustGraph

/// Looks for money that comes from nowhere: citizens of different levels who work together, buy and sell in every way
/// there is at one base rate, and hand each other ducats.
struct RoundTripTests {
  private struct Member {
    var name: String
    var level: Double
  }

  /// What the ring has and gave, minor units.
  private struct Purse: Equatable {
    var owed: Int64 = 0
    var ducats: Int64 = 0
    var charged: Int64 = 0
    var uplift: Int64 = 0
    /// What the ring is ahead, beyond what the reserve gave, in tenths of a cent, when its ducats are worth the base
    /// rate of 0.10.
    var profit: Int64 { 10 * owed + ducats - 10 * (charged + uplift) }
  }

  private static let ring = [
    Member(name: "anna", level: 0), Member(name: "bruno", level: 0.25), Member(name: "carla", level: 0.5),
    Member(name: "dario", level: 0.809), Member(name: "elena", level: 1),
  ]
  private static let reserve: Int64 = 300_000

  private static func funded() async throws -> PaymentsFixture {
    let fixture = try await PaymentsFixture(funded: false)
    try await fixture.fund([
      ("reserve:ducats", "10000000000.00 DUC/2"), ("bridge:dollars", "1000000000.00 USD/2"),
      ("reserve:uplift", "3000.00 USD/2"),
    ])
    return fixture
  }

  private static func purse(_ fixture: PaymentsFixture, charged: Int64) async throws -> Purse {
    var purse = Purse(charged: charged)
    for member in ring {
      purse.owed += try await fixture.available("payable:" + member.name) ?? 0
      purse.ducats += try await fixture.available("citizen:" + member.name) ?? 0
    }
    purse.uplift = reserve - (try await fixture.available("reserve:uplift") ?? 0)
    return purse
  }

  /// A text of an amount between 1.00 and about `most` units.
  private static func random(_ generator: inout SeededGenerator, most: Int, _ asset: String) -> String {
    let cents = 100 + generator.next(below: 100 * most)
    return "\(cents / 100).\(cents / 10 % 10)\(cents % 10) \(asset)"
  }

  /// Buys in some way and pays; what was charged.
  private static func buy(
    _ fixture: PaymentsFixture, _ number: UInt64, _ generator: inout SeededGenerator
  ) async throws -> Int64 {
    let member = ring[generator.next(below: ring.count)]
    let wanted: PaymentOrder.Wanted
    switch generator.next(below: 4) {
    case 0: wanted = .package(["starter", "explorer", "trader", "merchant", "noble"][generator.next(below: 5)])
    case 1: wanted = .custom(ducats: try #require(Amount(text: random(&generator, most: 9_000, "DUC/2"))))
    case 2:
      wanted = try await fixture.quote(
        number, "buy", random(&generator, most: 2_000, "USD/2"), level: member.level, citizen: member.name)
    default:
      wanted = try await fixture.quote(
        number, "purchase", random(&generator, most: 9_000, "DUC/2"), level: member.level, citizen: member.name)
    }
    let order = fixture.order(number, wanted, citizen: member.name, level: member.level, method: "pm_card_visa")
    // What is outside the limits of a purchase is refused.
    guard let payment = try? await fixture.payments.create(order).payment else { return 0 }
    #expect(payment.state == .settled)
    return payment.charge?.minor ?? 0
  }

  /// Sells all that a member has, or some of it.
  private static func sell(
    _ fixture: PaymentsFixture, _ number: UInt64, _ member: Member, _ generator: inout SeededGenerator
  ) async throws {
    let held = try await fixture.available("citizen:" + member.name) ?? 0
    guard held >= 100, let ducat = Asset("DUC/2") else { return }
    let minor = generator.next(below: 3) == 0 ? held : 100 + Int64(generator.next(below: Int(held - 99)))
    let amount = Amount(minor, ducat).description
    let wanted = try await fixture.quote(number, "sell", amount, level: member.level, citizen: member.name)
    let order = fixture.order(number, wanted, citizen: member.name, level: member.level)
    #expect(try await fixture.payments.create(order).payment.state == .settled)
  }

  /// One member hands another ducats.
  private static func give(
    _ fixture: PaymentsFixture, _ number: UInt64, _ generator: inout SeededGenerator
  ) async throws {
    let from = ring[generator.next(below: ring.count)]
    let to = ring[generator.next(below: ring.count)]
    let held = try await fixture.available("citizen:" + from.name) ?? 0
    guard held > 0, from.name != to.name, let ducat = Asset("DUC/2") else { return }
    let transfer = LedgerEvent.posted(
      fixture.id(1 << 50 + number), from: try #require(AccountName("citizen:" + from.name)),
      to: try #require(AccountName("citizen:" + to.name)), Amount(held, ducat))
    #expect(
      try await fixture.ledger.commit(Submission([.event(transfer)], authority: .operator)).receipt.refusal == nil)
  }

  @Test func `no round trip takes more than the reserve gives`() async throws {
    let steps = ProcessInfo.processInfo.environment["CASCADE_TRIPS"].flatMap { UInt64($0) } ?? 250
    for seed in [7, 34] as [UInt64] {
      var generator = SeededGenerator(seed: seed)
      let fixture = try await Self.funded()
      var (charged, best): (Int64, Int64) = (0, .min)
      for step in 1...steps {
        switch generator.next(below: 5) {
        case 0, 1: charged += try await Self.buy(fixture, step, &generator)
        case 2: try await Self.give(fixture, step, &generator)
        default:
          // As those who look for a profit would, most sales are by the highest level.
          let member = generator.next(below: 3) == 0 ? Self.ring[generator.next(below: Self.ring.count)] : Self.ring[4]
          try await Self.sell(fixture, step, member, &generator)
        }
        let purse = try await Self.purse(fixture, charged: charged)
        #expect(purse.profit <= 0, "seed \(seed), step \(step): \(purse)")
        #expect(purse.uplift <= Self.reserve)
        best = max(best, purse.profit)
      }
      // All of it sold, the ring is not ahead by more than the reserve gave either.
      for (place, member) in Self.ring.enumerated() {
        try await Self.sell(fixture, steps + 1 + UInt64(place), member, &generator)
      }
      let purse = try await Self.purse(fixture, charged: charged)
      #expect(purse.owed <= charged + purse.uplift, "seed \(seed): \(purse)")
      #expect(charged > 0 && purse.uplift > 0 && best <= 0)
      for account in await fixture.ledger.allAccounts() where account.name.text.hasPrefix("uplift:") {
        #expect(account.name.text == "uplift:settled" || account.balances.posted >= -100_000)
      }
      await fixture.expectBalanced()
      await fixture.decisions.stop()
    }
  }
}
