import Commerce
import Core
import Decisions
import Ledger
import LuaRuntime
import StandIns
import Testing

struct PurchaseTests {
  @Test func `a package is held, paid, settled in one chain and told to Venice`() async throws {
    let fixture = try await PaymentsFixture()
    let opened = try await fixture.payments.create(fixture.order(1))
    #expect(opened.payment.state == .open)
    #expect(opened.intent?.clientSecret != nil)
    #expect(opened.payment.charge == Amount(text: "100.00 USD/2"))
    #expect(try await fixture.available("reserve:ducats") == 1_000_000_000_000 - 107_500)
    #expect(try await fixture.available("citizen:alice") == 0)

    try fixture.pay(opened.payment)
    #expect(try await fixture.deliver().contains(.processed))
    let settled = try await fixture.payment(opened.payment.id)
    #expect(settled.state == .settled)
    #expect(settled.problem == nil)
    #expect(try await fixture.available("citizen:alice") == 100_000)
    #expect(try await fixture.available("citizen:alice:bonus") == 7_500)
    #expect(try await fixture.available("clearing:stripe") == 0)
    #expect(try await fixture.available("bridge:dollars") == 100_000_000_000 + 10_000)
    #expect(await fixture.outbox.deliver() == 1)
    #expect(fixture.venice.credits[settled.id]?.ducats == Amount(text: "1075.00 DUC/2"))
    #expect(fixture.alarms.codes == [])
    await fixture.expectBalanced()
    await fixture.decisions.stop()
  }

  @Test func `a custom purchase pays its fee, and its intent says everything`() async throws {
    let fixture = try await PaymentsFixture()
    let ducats = try #require(Amount(text: "1000.00 DUC/2"))
    let opened = try await fixture.payments.create(fixture.order(1, .custom(ducats: ducats)))
    #expect(opened.payment.charge == Amount(text: "130.40 USD/2"))
    #expect(opened.payment.kind == .purchase)
    let metadata = try #require(opened.intent?.metadata)
    #expect(
      Set(metadata.keys) == [
        "citizen", "ducats", "rate", "citizen_consciousness_level", "phi_ratio_multiplier",
        "venice_citizen_verification", "payment", "generation", "decision",
      ])
    #expect(metadata["ducats"] == "1000.00")
    #expect(metadata["phi_ratio_multiplier"] == "1.272020")
    #expect(metadata["payment"] == opened.payment.id.description)
    try fixture.pay(opened.payment)
    try await fixture.deliver()
    #expect(try await fixture.available("fees:bridge") == 319)
    #expect(try await fixture.available("bridge:dollars") == 100_000_000_000 + 12_721)
    await fixture.expectBalanced()
    await fixture.decisions.stop()
  }

  @Test func `a quote to buy is honoured, and its fee is in ducats`() async throws {
    let fixture = try await PaymentsFixture()
    let wanted = try await fixture.quote(1, "buy", "100.00 USD/2")
    let opened = try await fixture.payments.create(fixture.order(1, wanted))
    #expect(opened.payment.charge == Amount(text: "100.00 USD/2"))
    #expect(opened.payment.ducats == Amount(text: "766.49 DUC/2"))
    try fixture.pay(opened.payment)
    try await fixture.deliver()
    #expect(try await fixture.available("citizen:alice") == 76_649)
    #expect(try await fixture.available("fees:ducats") == 1_966)
    #expect(try await fixture.available("bridge:dollars") == 100_000_000_000 + 10_000)
    await fixture.expectBalanced()
    await fixture.decisions.stop()
  }

  @Test func `every leg of a purchase says at which rate and multiplier, by which generation and decision`()
    async throws
  {
    let fixture = try await PaymentsFixture()
    let orders: [PaymentOrder.Wanted] = [
      .package("noble"), .custom(ducats: try #require(Amount(text: "1000.00 DUC/2"))),
      try await fixture.quote(1, "buy", "100.00 USD/2"), try await fixture.quote(2, "purchase", "500.00 DUC/2"),
    ]
    for (number, wanted) in orders.enumerated() {
      let opened = try await fixture.payments.create(fixture.order(UInt64(number), wanted))
      let agreed = try #require(opened.intent?.metadata)
      for name in ["rate", "phi_ratio_multiplier", "generation", "decision"] { #expect(agreed[name] != nil) }
      try fixture.pay(opened.payment)
      try await fixture.deliver()
      let settlement = try #require(try await fixture.payment(opened.payment.id).settlement)
      let kept = await fixture.ledger.record(settlement)
      let bytes = try #require(kept)
      var legs = try #require(RecordedDecision(bytes: bytes)).effects
      // Ducats are posted from holds, which say it.
      let holds = (opened.payment.terms?["holds"]?.array ?? []).compactMap { $0.string.flatMap { Identifier($0) } }
      #expect(holds.count == (number == 0 || number == 2 ? 2 : 1))
      legs += holds
      for leg in legs {
        let stored = await fixture.ledger.entry(leg)
        let entry = try #require(stored?.entry)
        if entry.kind == .post { continue }
        for (name, value) in agreed { #expect(entry.metadata[name] == value, "\(name) of \(entry.code)") }
        let isCollected = entry.postings.first?.source.text == "world"
        #expect(entry.metadata["intent"] == (isCollected ? opened.payment.intent : nil))
      }
    }
    #expect(fixture.alarms.codes == [])
    await fixture.decisions.stop()
  }

  @Test func `the same order again is the same payment, and another one under its id is refused`() async throws {
    let fixture = try await PaymentsFixture()
    let order = fixture.order(1)
    let first = try await fixture.payments.create(order)
    let second = try await fixture.payments.create(order)
    #expect(first.payment.intent == second.payment.intent)
    #expect(second.intent?.clientSecret == first.intent?.clientSecret)
    #expect(fixture.provider.intents.count == 1)
    await #expect(throws: PaymentError.self) { try await fixture.payments.create(fixture.order(1, citizen: "zoe")) }
    #expect(try await fixture.available("reserve:ducats") == 1_000_000_000_000 - 107_500)
    await fixture.decisions.stop()
  }

  @Test func `fifty of the same order at once are one payment`() async throws {
    let fixture = try await PaymentsFixture()
    let order = fixture.order(1)
    let intents = try await withThrowingTaskGroup(of: String?.self) { group in
      for _ in 0..<50 { group.addTask { try await fixture.payments.create(order).payment.intent } }
      return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
    }
    #expect(intents.count == 1)
    #expect(fixture.provider.intents.count == 1)
    await fixture.decisions.stop()
  }

  @Test func `a decline leaves an open payment, and giving it up leaves nothing`() async throws {
    let fixture = try await PaymentsFixture()
    let before = try await fixture.available("reserve:ducats")
    let opened = try await fixture.payments.create(
      fixture.order(1, method: "pm_card_chargeDeclined"))
    #expect(opened.payment.state == .open)
    #expect(opened.intent?.lastFailure == "generic_decline")
    try await fixture.deliver()
    let canceled = try await fixture.payments.cancel(opened.payment.id)
    #expect(canceled.state == .canceled)
    #expect(fixture.provider.intents.map(\.status) == [.canceled])
    #expect(try await fixture.available("reserve:ducats") == before)
    #expect(try await fixture.available("citizen:alice") == 0)
    #expect(await fixture.ledger.openHolds().isEmpty)
    #expect(await fixture.outbox.deliver() == 0)
    await fixture.decisions.stop()
  }

  @Test func `what was paid can't be canceled, but is settled`() async throws {
    let fixture = try await PaymentsFixture()
    let opened = try await fixture.payments.create(fixture.order(1))
    try fixture.pay(opened.payment)
    await #expect(throws: PaymentError.tooLate(.settled)) { try await fixture.payments.cancel(opened.payment.id) }
    #expect(try await fixture.available("citizen:alice") == 100_000)
    await fixture.decisions.stop()
  }

  @Test func `an order that can't be taken names what is wrong and holds nothing`() async throws {
    let fixture = try await PaymentsFixture()
    let tiny = try #require(Amount(text: "99.00 DUC/2"))
    let orders: [PaymentOrder] = [
      fixture.order(1, citizen: "alice:bonus"), fixture.order(2, level: 1.5), fixture.order(3, .package("gold")),
      fixture.order(4, .custom(ducats: tiny), level: 0),
      PaymentOrder(
        payment: Identifier(high: 0x7000, low: 1 << 63), citizen: "alice", level: 0, wanted: .package("noble")),
    ]
    for order in orders {
      await #expect(throws: PaymentError.self) { try await fixture.payments.create(order) }
      // Again, as it was answered first.
      await #expect(throws: PaymentError.self) { try await fixture.payments.create(order) }
    }
    #expect(fixture.provider.intents.isEmpty)
    #expect(await fixture.ledger.openHolds().isEmpty)
    await fixture.decisions.stop()
  }

  @Test func `an empty reserve refuses the payment before money is asked for`() async throws {
    let fixture = try await PaymentsFixture(funded: false)
    let order = fixture.order(1)
    do {
      _ = try await fixture.payments.create(order)
      Issue.record("it was taken")
    } catch PaymentError.decision(let failed) {
      #expect(failed.reason == "exceeds_credits")
    }
    #expect(try await fixture.payment(order.payment).state == .refused)
    #expect(fixture.provider.intents.isEmpty)
    await fixture.decisions.stop()
  }
}
