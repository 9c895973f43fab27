import Commerce
import Core
import Decisions
import Ledger
import StandIns
import Testing

/// Whose an intent is, where the account at the provider has other users.
struct LedgerMarkTests {
  private static let name: ExactText = "cascade_ledger"

  /// An intent of somebody else's, which was paid.
  private static func pay(_ fixture: PaymentsFixture, _ number: UInt64, _ metadata: [ExactText: String]) async throws {
    let request = PaymentIntentRequest(amount: 500, currency: "usd", metadata: metadata)
    let intent = try await fixture.provider.createIntent(request, idempotencyKey: fixture.id(number))
    fixture.provider.act { book, now in _ = book.confirm(intent.id, "pm_card_visa", at: now) }
  }

  @Test func `an intent carries the name of its ledger`() async throws {
    let fixture = try await PaymentsFixture()
    let payment = try await fixture.payments.create(fixture.order(1)).payment
    #expect(payment.isMarked)
    #expect(fixture.provider.intents.map { $0.metadata[Self.name] } == [fixture.ledger.ledgerID])
    try fixture.pay(payment)
    try await fixture.deliver()
    #expect(try await fixture.payment(payment.id).state == .settled)
    #expect(fixture.alarms.codes == [])
    await fixture.decisions.stop()
  }

  @Test func `what another ledger or program collects on the account is counted once, and raises no alarm`()
    async throws
  {
    let fixture = try await PaymentsFixture()
    let own = try await fixture.payments.create(fixture.order(1)).payment
    try await Self.pay(fixture, 1_001, ["payment": fixture.id(99).description, Self.name: "another"])
    try await Self.pay(fixture, 1_002, ["payment": "an order of a shop"])
    // Even one that names a payment of this ledger is another's.
    try await Self.pay(fixture, 1_003, ["payment": own.id.description, Self.name: "another"])
    #expect(Set(try await fixture.deliver()) == [.ignored])
    #expect(fixture.payments.foreignIntents == 3)
    fixture.clock.pass(milliseconds: 100_000)
    for _ in 0..<3 { _ = await fixture.reconciler.reconcile() }
    #expect(fixture.payments.foreignIntents == 3)
    #expect(fixture.alarms.codes == [])
    #expect(try await fixture.payment(own.id).state == .open)
    #expect(try await fixture.available("clearing:stripe") == nil)
    await fixture.decisions.stop()
  }

  @Test func `an intent from before there were marks is its payment's`() async throws {
    let fixture = try await PaymentsFixture()
    let payment = try await fixture.payments.create(fixture.order(1)).payment
    fixture.provider.act { book, _ in book.change(payment.intent ?? "") { $0.metadata[Self.name] = nil } }
    try fixture.pay(payment)
    try await fixture.deliver()
    #expect(try await fixture.payment(payment.id).state == .settled)
    #expect(fixture.alarms.codes == [])
    #expect(fixture.payments.foreignIntents == 0)
    await fixture.decisions.stop()
  }

  @Test func `a payment that was asked for without a mark is asked for again in the same words`() async throws {
    let fixture = try await PaymentsFixture()
    fixture.provider.setFaults { if case .create = $0 { .refused(ProviderError(.unavailable, "down")) } else { nil } }
    let order = fixture.order(1)
    await #expect(throws: PaymentError.self) { try await fixture.payments.create(order) }
    var payment = try await fixture.payment(order.payment)
    #expect(payment.asked != nil)
    payment.isMarked = false
    _ = try await fixture.store.update(payment, ifRevision: payment.revision, credit: nil)
    fixture.provider.setFaults { _ in nil }
    let opened = try await fixture.payments.create(order)
    #expect(opened.payment.state == .open)
    #expect(fixture.provider.intents.map { $0.metadata[Self.name] } == [nil])
    await fixture.decisions.stop()
  }

  @Test func `a payment keeps whether it is marked`() throws {
    let order = PaymentOrder(
      payment: Identifier(milliseconds: 1, random: (0, 1)), citizen: "alice", level: 0.5, wanted: .package("trader"),
      paymentMethod: nil)
    var payment = Payment(order, now: 1)
    #expect(Payment(json: payment.json)?.isMarked == false)
    payment.isMarked = true
    #expect(Payment(json: payment.json) == payment)
  }
}
