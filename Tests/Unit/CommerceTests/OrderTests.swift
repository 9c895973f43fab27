import Commerce
import Core
import Decisions
import Ledger
import LuaRuntime
import StandIns
import Testing

/// What is ordered, ordered again, and given up before anything came of it.
struct OrderTests {
  @Test func `a citizen may leave so many payments open, and no more`() async throws {
    let fixture = try await PaymentsFixture()
    var open: [Identifier] = []
    for number in 1...5 as ClosedRange<UInt64> {
      open.append(try await fixture.payments.create(fixture.order(number)).payment.id)
    }
    let refusal = await #expect(throws: PaymentError.self) { try await fixture.payments.create(fixture.order(6)) }
    guard case .decision(let failed) = refusal else { return #expect(Bool(false), "\(refusal as Any)") }
    #expect(failed.reason == "too_many_open")
    #expect(failed.message.contains("5 payments may be open"))
    // Another citizen isn't held up, and room that is made counts.
    #expect(try await fixture.payments.create(fixture.order(7, citizen: "zoe")).payment.state == .open)
    _ = try await fixture.payments.cancel(open[0])
    #expect(try await fixture.payments.create(fixture.order(8)).payment.state == .open)
    await fixture.decisions.stop()
  }

  @Test func `a payment method that the provider doesn't know is the buyer's mistake and holds nothing`() async throws {
    let fixture = try await PaymentsFixture()
    let order = fixture.order(1, method: "pm_unknown")
    let answer = await #expect(throws: PaymentError.self) { try await fixture.payments.create(order) }
    guard case .invalid(let sentence) = answer else { return #expect(Bool(false), "\(answer as Any)") }
    #expect(sentence.contains("No such PaymentMethod: 'pm_unknown'"))
    #expect(try await fixture.payment(order.payment).state == .canceled)
    #expect(await fixture.ledger.openHolds().isEmpty)
    #expect(fixture.alarms.codes == [])
    await fixture.decisions.stop()
  }

  @Test func `the same order is the same payment, also days later`() async throws {
    let fixture = try await PaymentsFixture()
    let order = fixture.order(1)
    let payment = try await fixture.payments.create(order).payment
    try fixture.pay(payment)
    try await fixture.deliver()
    fixture.clock.pass(hours: 72)
    #expect(try await fixture.payments.create(order).payment.state == .settled)
    var other = order
    other.level = 0.25
    await #expect(throws: PaymentError.keyReused("\(order.payment) stands for another payment")) {
      try await fixture.payments.create(other)
    }
    await #expect(throws: PaymentError.self) {
      try await fixture.payments.create(
        PaymentOrder(payment: fixture.id(9, hoursAgo: 25), citizen: "alice", level: 0, wanted: .package("starter")))
    }
    await fixture.decisions.stop()
  }

  @Test func `a sale that was asked for and not decided can be given up, one that was decided stands`() async throws {
    let fixture = try await PaymentsFixture()
    try await fixture.fund([("citizen:alice", "100.00 DUC/2")])
    for (number, isDecided) in [(1, false), (2, true)] as [(UInt64, Bool)] {
      let store = MemoryPaymentStore()
      var again = fixture
      again.restart(store)
      let order = fixture.order(number, try await fixture.quote(number, "sell", "10.00 DUC/2"))
      if isDecided { _ = try await fixture.payments.create(order) }
      // The process ended behind the order, or behind the decision.
      _ = try await store.insert(Payment(order, now: fixture.clock.now))
      if isDecided {
        await #expect(throws: PaymentError.tooLate(.settled)) { try await again.payments.cancel(order.payment) }
      } else {
        #expect(try await again.payments.cancel(order.payment).state == .canceled)
      }
    }
    #expect(try await fixture.available("citizen:alice") == 9_000)
    await fixture.decisions.stop()
  }

  @Test func `a key that somebody used for another decision doesn't stop a payment`() async throws {
    let fixture = try await PaymentsFixture()
    let payment = try await fixture.payments.create(fixture.order(1)).payment
    // Nobody but an operator can: citizens' payments are of version 7, and these keys of version 8.
    let key = payment.key("settle")
    #expect(key.high >> 12 & 0xF == 8 && key.low >> 62 == 2 && key.milliseconds == payment.id.milliseconds)
    let input: JSON = ["side": "sell", "amount": "5.00 DUC/2", "level": 0]
    _ = try await fixture.decisions.decide(Question("bridge.quote", .value(input), key: key))
    try fixture.pay(payment)
    try await fixture.deliver()
    #expect(fixture.alarms.codes == [.ruleFailed])
    fixture.clock.pass(hours: 1)
    _ = await fixture.reconciler.reconcile()
    #expect(try await fixture.payment(payment.id).state == .settled)
    #expect(try await fixture.available("citizen:alice") == 100_000)
    await fixture.decisions.stop()
  }
}
