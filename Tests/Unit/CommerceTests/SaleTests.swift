import Commerce
import Core
import Decisions
import Ledger
import LuaRuntime
import Testing

struct SaleTests {
  /// Alice with so many ducats.
  private static func fixture(_ ducats: String = "100000.00 DUC/2") async throws -> PaymentsFixture {
    let fixture = try await PaymentsFixture()
    try await fixture.fund([("citizen:alice", ducats)])
    return fixture
  }

  @Test func `a sale is one chain with its uplift in two legs`() async throws {
    let fixture = try await Self.fixture()
    let wanted = try await fixture.quote(1, "sell", "1000.00 DUC/2", level: 1)
    let sold = try await fixture.payments.create(fixture.order(1, wanted, level: 1)).payment
    #expect(sold.state == .settled)
    #expect(sold.payout == Amount(text: "157.75 USD/2"))
    #expect(try await fixture.available("citizen:alice") == 9_900_000)
    #expect(try await fixture.available("bridge:ducats") == 100_000)
    #expect(try await fixture.available("payable:alice") == 15_775)
    #expect(try await fixture.available("fees:bridge") == 405)
    #expect(try await fixture.available("bridge:dollars") == 100_000_000_000 - 10_000)
    #expect(try await fixture.available("reserve:uplift") == 100_000_000 - 6_180)
    #expect(try await fixture.available("uplift:settled") == 6_180)
    let owing = await fixture.ledger.allAccounts().first { $0.name.text.hasPrefix("uplift:alice:") }
    #expect(owing?.balances.available == -6_180)
    #expect(owing?.floor == -100_000)
    await fixture.expectBalanced()
    await fixture.decisions.stop()
  }

  @Test func `a quote sells once, and again under its own id it is the same sale`() async throws {
    let fixture = try await Self.fixture()
    let wanted = try await fixture.quote(1, "sell", "1000.00 DUC/2")
    let order = fixture.order(1, wanted)
    let first = try await fixture.payments.create(order)
    #expect(try await fixture.payments.create(order) == first)
    await #expect(throws: PaymentError.quoteUsed) { try await fixture.payments.create(fixture.order(2, wanted)) }
    #expect(try await fixture.available("citizen:alice") == 9_900_000)
    await fixture.decisions.stop()
  }

  @Test func `the daily cap is the ledger's own, whatever was quoted before`() async throws {
    let fixture = try await Self.fixture()
    // Each has an uplift of 618.03: quoted at once they are granted, together they pass the cap of 1000.00.
    let wanted = [
      try await fixture.quote(1, "sell", "10000.00 DUC/2", level: 1),
      try await fixture.quote(2, "sell", "10000.00 DUC/2", level: 1),
    ]
    #expect(try await fixture.payments.create(fixture.order(1, wanted[0], level: 1)).payment.state == .settled)
    do {
      _ = try await fixture.payments.create(fixture.order(2, wanted[1], level: 1))
      Issue.record("it was sold")
    } catch PaymentError.decision(let failed) {
      #expect(failed.reason == "exceeds_credits")
    }
    // Quoted again it is sold whole at multiplier 1.
    let plain = try await fixture.quote(3, "sell", "10000.00 DUC/2", level: 1)
    guard case .quote(let quote) = plain else { return }
    #expect(quote.terms["uplift"] == "exhausted")
    #expect(try await fixture.payments.create(fixture.order(3, plain, level: 1)).payment.state == .settled)
    #expect(try await fixture.available("reserve:uplift") == 100_000_000 - 61_803)
    await fixture.expectBalanced()
    await fixture.decisions.stop()
  }

  @Test func `bonus ducats are never sold`() async throws {
    let fixture = try await PaymentsFixture()
    let opened = try await fixture.payments.create(fixture.order(1, .package("noble")))
    try fixture.pay(opened.payment)
    try await fixture.deliver()
    // 5000 and 750 bonus are there: the bonus doesn't count.
    for (number, ducats, sells) in [(1, "5000.01 DUC/2", false), (2, "5000.00 DUC/2", true)] {
      let wanted = try await fixture.quote(UInt64(number), "sell", ducats, level: 0)
      let order = fixture.order(UInt64(10 + number), wanted, level: 0)
      let payment = try? await fixture.payments.create(order).payment
      #expect((payment?.state == .settled) == sells)
    }
    #expect(try await fixture.available("citizen:alice:bonus") == 75_000)
    #expect(try await fixture.available("citizen:alice") == 0)
    await fixture.decisions.stop()
  }

  @Test func `more than the citizen has is refused and leaves no account behind`() async throws {
    let fixture = try await Self.fixture("10.00 DUC/2")
    let before = await fixture.ledger.allAccounts()
    let wanted = try await fixture.quote(1, "sell", "10.01 DUC/2")
    await #expect(throws: PaymentError.self) { try await fixture.payments.create(fixture.order(1, wanted)) }
    #expect(await fixture.ledger.allAccounts() == before)
    await fixture.decisions.stop()
  }
}
