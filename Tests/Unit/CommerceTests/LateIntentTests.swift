import Commerce
import Core
import Decisions
import Ledger
import StandIns
import Testing

/// Intents of which the host learns late: no answer came when they were asked for.
struct LateIntentTests {
  /// A payment whose intent is made so much later than it was asked for.
  private static func begin(
    _ fixture: PaymentsFixture, late milliseconds: Int64, method: String? = nil
  ) async throws -> Identifier {
    fixture.provider.setFaults { if case .create = $0 { .late(milliseconds) } else { nil } }
    let order = fixture.order(1, method: method)
    await #expect(throws: PaymentError.self) { try await fixture.payments.create(order) }
    fixture.provider.setFaults { _ in nil }
    return order.payment
  }

  @Test func `a payment isn't given up while its intent may be on its way`() async throws {
    let fixture = try await PaymentsFixture()
    let id = try await Self.begin(fixture, late: 25_000)
    let answer = await #expect(throws: PaymentError.self) { try await fixture.payments.cancel(id) }
    guard case .unavailable(let sentence) = answer else { return #expect(Bool(false), "\(answer as Any)") }
    #expect(sentence.contains("ask again in ten minutes"))
    #expect(try await fixture.payment(id).state == .held)
    fixture.clock.pass(milliseconds: 25_000)
    #expect(try await fixture.payments.cancel(id).state == .canceled)
    #expect(fixture.provider.intents.map(\.status) == [.canceled])
    #expect(await fixture.ledger.openHolds().isEmpty)
    await fixture.decisions.stop()
  }

  @Test func `what was never begun is given up when it can't be on its way any longer`() async throws {
    let fixture = try await PaymentsFixture()
    let id = try await Self.begin(fixture, late: .max / 2)
    fixture.clock.pass(milliseconds: 599_999)
    await #expect(throws: PaymentError.self) { try await fixture.payments.cancel(id) }
    fixture.clock.pass(milliseconds: 1)
    #expect(try await fixture.payments.cancel(id).state == .canceled)
    #expect(await fixture.ledger.openHolds().isEmpty)
    await fixture.decisions.stop()
  }

  @Test func `an intent that turns up behind its payment's end is canceled at the provider`() async throws {
    let fixture = try await PaymentsFixture()
    let id = try await Self.begin(fixture, late: 3_600_000)
    fixture.clock.pass(milliseconds: 600_000)
    #expect(try await fixture.payments.cancel(id).state == .canceled)
    fixture.clock.pass(hours: 1)
    try await fixture.deliver()
    _ = await fixture.reconciler.reconcile()
    #expect(fixture.provider.intents.map(\.status) == [.canceled])
    #expect(try await fixture.payment(id).state == .canceled)
    #expect(fixture.alarms.codes == [])
    await fixture.decisions.stop()
  }

  @Test(arguments: ["notice", "list"])
  func `money that is collected behind a payment's end goes to suspense, once`(by way: String) async throws {
    let fixture = try await PaymentsFixture()
    let id = try await Self.begin(fixture, late: 3_600_000, method: "pm_card_visa")
    fixture.clock.pass(milliseconds: 600_000)
    #expect(try await fixture.payments.cancel(id).state == .canceled)
    fixture.clock.pass(hours: 1)
    if way == "notice" { try await fixture.deliver() }
    for _ in 0..<2 { _ = await fixture.reconciler.reconcile() }
    #expect(try await fixture.payment(id).state == .suspended)
    #expect(try await fixture.available("suspense:stripe") == 10_000)
    #expect(try await fixture.available("citizen:alice") == 0)
    #expect(fixture.alarms.codes == [.lateSuccess])
    await fixture.expectBalanced()
    await fixture.decisions.stop()
  }

  @Test(arguments: [-23, 23] as [Int64])
  func `an intent is found whatever the time in the payment's id`(hours: Int64) async throws {
    let fixture = try await PaymentsFixture()
    fixture.provider.setFaults { if case .create = $0 { .replyLost } else { nil } }
    var order = fixture.order(1, method: "pm_card_visa")
    order.payment = Identifier(milliseconds: fixture.clock.now + hours * 3_600_000, random: (1, 1))
    await #expect(throws: PaymentError.self) { try await fixture.payments.create(order) }
    fixture.provider.setFaults { _ in nil }
    await #expect(throws: PaymentError.tooLate(.settled)) { try await fixture.payments.cancel(order.payment) }
    #expect(try await fixture.available("citizen:alice") == 100_000)
    #expect(fixture.alarms.codes == [])
    await fixture.decisions.stop()
  }

  @Test func `an intent is found though the host's clock went back since the payment was kept`() async throws {
    let store = MemoryPaymentStore()
    let fixture = try await PaymentsFixture(store: store)
    let order = fixture.order(1, method: "pm_card_visa")
    _ = try await store.insert(Payment(order, now: fixture.clock.now + 48 * 3_600_000))
    fixture.provider.setFaults { if case .create = $0 { .replyLost } else { nil } }
    await #expect(throws: PaymentError.self) { try await fixture.payments.create(order) }
    fixture.provider.setFaults { _ in nil }
    await #expect(throws: PaymentError.tooLate(.settled)) { try await fixture.payments.cancel(order.payment) }
    #expect(try await fixture.available("citizen:alice") == 100_000)
    await fixture.decisions.stop()
  }

  @Test func `a notice tells of an intent that the list doesn't`() async throws {
    let fixture = try await PaymentsFixture()
    let id = try await Self.begin(fixture, late: 1_000, method: "pm_card_visa")
    fixture.provider.setFaults { call in
      if case .find = call { .refused(ProviderError(.unavailable, "too many intents")) } else { nil }
    }
    fixture.clock.pass(milliseconds: 1_000)
    try await fixture.deliver()
    #expect(try await fixture.payment(id).state == .settled)
    await fixture.expectBalanced()
    await fixture.decisions.stop()
  }

  @Test func `an intent that the provider no longer has raises one alarm, and its payment waits`() async throws {
    let fixture = try await PaymentsFixture()
    let payment = try await fixture.payments.create(fixture.order(1)).payment
    fixture.provider.setFaults { call in
      if case .read = call { .refused(ProviderError(.notFound, "no such intent")) } else { nil }
    }
    fixture.clock.pass(hours: 2)
    for _ in 0..<3 {
      _ = await fixture.reconciler.reconcile()
      fixture.clock.pass(hours: 1)
    }
    #expect(fixture.alarms.codes == [.missingIntent])
    #expect(try await fixture.payment(payment.id).state == .open)
    #expect(await fixture.ledger.openHolds().count == 2)
    await fixture.decisions.stop()
  }
}
