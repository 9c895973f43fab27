import Commerce
import Core
import Decisions
import Ledger
import LuaRuntime
import StandIns
import Testing

struct NoticeTests {
  /// A trader package, ordered and paid, its notices still on their way.
  private static func paid(_ fixture: PaymentsFixture) async throws -> Payment {
    let payment = try await fixture.payments.create(fixture.order(1)).payment
    try fixture.pay(payment)
    return payment
  }

  private static func event(_ fixture: PaymentsFixture) throws -> PaymentEvent {
    try #require(fixture.provider.newEvents().first { $0.type == "payment_intent.succeeded" })
  }

  private static func expectNothingPosted(_ fixture: PaymentsFixture) async throws {
    #expect(try await fixture.available("citizen:alice") == 0)
    #expect(try await fixture.available("clearing:stripe") == nil)
    #expect(await fixture.outbox.deliver() == 0)
    await fixture.expectBalanced()
  }

  private static let changes: [(code: PaymentAlarm.Code, change: @Sendable (inout PaymentIntent) -> Void)] = [
    (.wrongAmount, { $0.amountReceived -= 1 }), (.wrongAmount, { $0.amountReceived += 1 }),
    (.wrongAmount, { ($0.amount, $0.amountReceived) = (1, 1) }), (.wrongCurrency, { $0.currency = "eur" }),
    (.wrongMetadata, { $0.metadata["citizen"] = "zoe" }), (.wrongMetadata, { $0.metadata["ducats"] = "9999.00" }),
    (.wrongMetadata, { $0.metadata["more"] = "x" }), (.wrongMetadata, { $0.metadata["decision"] = nil }),
    (.wrongMode, { $0.livemode = true }),
  ]

  @Test func `what differs from what was agreed is not posted, and raises one alarm`() async throws {
    for (code, change) in Self.changes {
      let fixture = try await PaymentsFixture()
      let payment = try await Self.paid(fixture)
      fixture.provider.act { book, _ in book.change(payment.intent ?? "", change) }
      try await fixture.deliver()
      #expect(fixture.alarms.codes == [code])
      try await Self.expectNothingPosted(fixture)
      #expect(try await fixture.payment(payment.id).state == .open)
      // The reconciler says that money came and nothing is posted; once.
      fixture.clock.pass(milliseconds: 100_000)
      _ = await fixture.reconciler.reconcile()
      _ = await fixture.reconciler.reconcile()
      #expect(fixture.alarms.codes == [code, .unposted])
      await fixture.decisions.stop()
    }
  }

  @Test func `a notice from another account is not acted on`() async throws {
    let fixture = try await PaymentsFixture()
    _ = try await Self.paid(fixture)
    var event = try Self.event(fixture)
    event.account = "acct_stranger"
    #expect(try await fixture.receive(event) == .ignored)
    #expect(fixture.alarms.codes == [.wrongAccount])
    try await Self.expectNothingPosted(fixture)
    await fixture.decisions.stop()
  }

  @Test func `a notice twice is processed once, and with another body the first is kept`() async throws {
    let fixture = try await PaymentsFixture()
    let payment = try await Self.paid(fixture)
    let event = try Self.event(fixture)
    #expect(try await fixture.receive(event) == .processed)
    #expect(try await fixture.receive(event) == .repeated)
    #expect(fixture.alarms.codes == [])
    #expect(try await fixture.receive(event, body: "other") == .conflicting)
    #expect(fixture.alarms.codes == [.conflictingEvent])
    #expect(try await fixture.payment(payment.id).state == .settled)
    #expect(try await fixture.available("citizen:alice") == 100_000)
    await fixture.decisions.stop()
  }

  @Test func `notices of other sorts, modes and strangers are ignored`() async throws {
    let fixture = try await PaymentsFixture()
    let payment = try await Self.paid(fixture)
    let event = try Self.event(fixture)
    var other = event
    other.type = "customer.created"
    #expect(try await fixture.receive(other) == .ignored)
    other = event
    other.livemode = true
    #expect(try await fixture.receive(other) == .ignored)
    other = event
    other.intent = nil
    #expect(try await fixture.receive(other) == .ignored)
    try await Self.expectNothingPosted(fixture)
    // None of them was kept: the real one is no repeat.
    #expect(try await fixture.receive(event) == .processed)
    #expect(try await fixture.payment(payment.id).state == .settled)
    await fixture.decisions.stop()
  }

  @Test func `money for a payment of this ledger that nobody knows raises an alarm`() async throws {
    let fixture = try await PaymentsFixture()
    let mark = fixture.ledger.ledgerID
    let cases: [[ExactText: String]] = [
      [:], ["payment": "nonsense", "cascade_ledger": mark],
      ["payment": fixture.id(99).description, "cascade_ledger": mark],
    ]
    for metadata in cases {
      let request = PaymentIntentRequest(amount: 500, currency: "usd", metadata: metadata)
      let intent = try await fixture.provider.createIntent(
        request, idempotencyKey: fixture.id(UInt64(1_000 + (metadata["payment"]?.utf8.count ?? 0))))
      fixture.provider.act { book, now in _ = book.confirm(intent.id, "pm_card_visa", at: now) }
    }
    #expect(Set(try await fixture.deliver()) == [.ignored])
    #expect(Set(fixture.alarms.codes) == [.unknownPayment])
    #expect(try await fixture.available("clearing:stripe") == nil)
    await fixture.decisions.stop()
  }

  @Test func `any order of notices, with some lost, comes to the same`() async throws {
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0], [1], []] {
      let fixture = try await PaymentsFixture()
      let payment = try await Self.paid(fixture)
      fixture.provider.act { book, now in book.giveBack(payment.intent ?? "", amount: 2_500, at: now) }
      let events = fixture.provider.newEvents()
      #expect(events.count == 4)
      for place in order { _ = try await fixture.receive(events[place]) }
      fixture.clock.pass(milliseconds: 100_000)
      _ = await fixture.reconciler.reconcile()
      let settled = try await fixture.payment(payment.id)
      #expect(settled.state == .settled, "\(order)")
      #expect(settled.reversed == 2_500, "\(order)")
      #expect(try await fixture.available("citizen:alice") == 75_000)
      #expect(fixture.alarms.codes == [])
      await fixture.expectBalanced()
      await fixture.decisions.stop()
    }
  }

  @Test func `a notice that can't be followed up now is kept, and the reconciler does it`() async throws {
    let fixture = try await PaymentsFixture()
    let payment = try await Self.paid(fixture)
    fixture.provider.setFaults { _ in .refused(ProviderError(.unavailable, "down")) }
    #expect(try await fixture.receive(try Self.event(fixture)) == .deferred)
    #expect(try await fixture.payment(payment.id).state == .open)
    fixture.provider.setFaults { _ in nil }
    fixture.clock.pass(milliseconds: 100_000)
    let report = await fixture.reconciler.reconcile()
    #expect(report.failures == 0)
    #expect(report.payments + report.events > 0)
    #expect(try await fixture.payment(payment.id).state == .settled)
    #expect(fixture.alarms.codes == [])
    await fixture.decisions.stop()
  }
}
