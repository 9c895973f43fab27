import Commerce
import Core
import Decisions
import Ledger
import LuaRuntime
import StandIns
import Synchronization
import Testing

/// Counts calls.
private final class Counter: Sendable {
  private let count = Mutex(0)
  var value: Int { count.withLock { $0 } }
  func next() -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }
}

struct ReconcilerTests {
  @Test func `a buyer who goes away leaves nothing: canceled at the provider first, then released`() async throws {
    let fixture = try await PaymentsFixture()
    let payment = try await fixture.payments.create(fixture.order(1)).payment
    fixture.clock.pass(milliseconds: 3_599_000)
    _ = await fixture.reconciler.reconcile()
    #expect(try await fixture.payment(payment.id).state == .open)
    fixture.clock.pass(milliseconds: 1_000)
    _ = await fixture.reconciler.reconcile()
    #expect(try await fixture.payment(payment.id).state == .canceled)
    #expect(fixture.provider.intents.map(\.status) == [.canceled])
    #expect(try await fixture.available("reserve:ducats") == 1_000_000_000_000)
    #expect(await fixture.ledger.openHolds().isEmpty)
    await fixture.decisions.stop()
  }

  @Test func `ducats stay held while the provider doesn't confirm that the intent is canceled`() async throws {
    let fixture = try await PaymentsFixture()
    let payment = try await fixture.payments.create(fixture.order(1)).payment
    fixture.provider.setFaults { if case .cancel = $0 { .refused(ProviderError(.unavailable, "down")) } else { nil } }
    fixture.clock.pass(hours: 2)
    #expect(await fixture.reconciler.reconcile().failures == 1)
    #expect(await fixture.ledger.openHolds().count == 2)
    // It is paid after all, and settled.
    fixture.provider.setFaults { _ in nil }
    try fixture.pay(payment)
    fixture.clock.pass(hours: 1)
    _ = await fixture.reconciler.reconcile()
    #expect(try await fixture.payment(payment.id).state == .settled)
    #expect(fixture.alarms.codes == [])
    await fixture.decisions.stop()
  }

  @Test func `a success after the hold expired goes to suspense, once, and can be refunded`() async throws {
    let fixture = try await PaymentsFixture()
    let payment = try await fixture.payments.create(fixture.order(1, method: "pm_card_processing")).payment
    fixture.clock.pass(hours: 8 * 24)
    #expect(try await fixture.ledger.sweep().closed.count == 2)
    try fixture.pay(payment)
    try await fixture.deliver()
    let suspended = try await fixture.payment(payment.id)
    #expect(suspended.state == .suspended)
    #expect(fixture.alarms.codes == [.lateSuccess])
    #expect(try await fixture.available("suspense:stripe") == 10_000)
    #expect(try await fixture.available("citizen:alice") == 0)
    #expect(await fixture.outbox.deliver() == 0)
    fixture.clock.pass(hours: 1)
    _ = await fixture.reconciler.reconcile()
    #expect(try await fixture.available("suspense:stripe") == 10_000)
    fixture.provider.act { book, now in book.giveBack(payment.intent ?? "", amount: 10_000, at: now) }
    try await fixture.deliver()
    #expect(try await fixture.payment(payment.id).reversed == 10_000)
    #expect(try await fixture.available("suspense:stripe") == 0)
    await fixture.expectBalanced()
    await fixture.decisions.stop()
  }

  @Test func `an intent whose making was never answered is found, not made again`() async throws {
    let fixture = try await PaymentsFixture()
    fixture.provider.setFaults { if case .create = $0 { .replyLost } else { nil } }
    let order = fixture.order(1)
    await #expect(throws: PaymentError.self) { try await fixture.payments.create(order) }
    #expect(try await fixture.payment(order.payment).state == .held)
    fixture.provider.setFaults { _ in nil }
    let opened = try await fixture.payments.create(order)
    #expect(opened.payment.intent == fixture.provider.intents.first?.id)
    #expect(fixture.provider.intents.count == 1)
    await fixture.decisions.stop()
  }

  @Test func `what its buyer never asked for again is given up, with its intent or without`() async throws {
    for call in ["reply", "request"] {
      let fixture = try await PaymentsFixture()
      fixture.provider.setFaults { asked in
        guard case .create = asked else { return nil }
        return call == "reply" ? .replyLost : .refused(ProviderError(.unavailable, "no connection"))
      }
      let order = fixture.order(1)
      _ = try? await fixture.payments.create(order)
      fixture.provider.setFaults { _ in nil }
      fixture.clock.pass(hours: 2)
      _ = await fixture.reconciler.reconcile()
      #expect(try await fixture.payment(order.payment).state == .canceled)
      #expect(fixture.provider.intents.allSatisfy { $0.status == .canceled })
      #expect(await fixture.ledger.openHolds().isEmpty)
      await fixture.decisions.stop()
    }
  }

  @Test func `a settlement that the ledger refuses is tried again under another key`() async throws {
    let fixture = try await PaymentsFixture()
    let payment = try await fixture.payments.create(fixture.order(1)).payment
    let alice = try #require(AccountName("citizen:alice"))
    for (isClosed, state) in [(true, PaymentState.open), (false, .settled)] {
      let change = LedgerEvent.account(fixture.id(isClosed ? 70 : 71), alice, isClosed: isClosed)
      #expect(
        try await fixture.ledger.commit(Submission([.event(change)], authority: .operator)).receipt.refusal == nil)
      if isClosed { try fixture.pay(payment) }
      fixture.clock.pass(milliseconds: 200_000)
      _ = await fixture.reconciler.reconcile()
      #expect(try await fixture.payment(payment.id).state == state)
    }
    #expect(fixture.alarms.codes.first == .ruleFailed)
    #expect(try await fixture.payment(payment.id).problem == nil)
    #expect(try await fixture.available("citizen:alice") == 100_000)
    await fixture.expectBalanced()
    await fixture.decisions.stop()
  }

  @Test func `a refund whose notice was lost is found, also months after the payment`() async throws {
    let fixture = try await PaymentsFixture()
    let payment = try await fixture.payments.create(fixture.order(1)).payment
    try fixture.pay(payment)
    try await fixture.deliver()
    _ = await fixture.reconciler.reconcile()
    fixture.clock.pass(hours: 90 * 24)
    fixture.provider.act { book, now in book.giveBack(payment.intent ?? "", amount: 4_000, at: now) }
    _ = await fixture.reconciler.reconcile()
    #expect(try await fixture.payment(payment.id).reversed == 4_000)
    #expect(try await fixture.available("citizen:alice") == 60_000)
    await fixture.expectBalanced()
    await fixture.decisions.stop()
  }

  @Test func `a look through the list goes on where it stopped, and what failed is looked at again`()
    async throws
  {
    var fixture = try await PaymentsFixture()
    var payments: [Payment] = []
    for number in 1...5 as ClosedRange<UInt64> {
      let payment = try await fixture.payments.create(fixture.order(number, citizen: "c\(number)")).payment
      try fixture.pay(payment)
      payments.append(payment)
      fixture.clock.pass(milliseconds: 1_000)
    }
    try await fixture.deliver()
    for payment in payments {
      fixture.provider.act { book, now in book.giveBack(payment.intent ?? "", amount: 1_000, at: now) }
    }
    var options = PaymentReconciler.Options()
    options.page = 1
    fixture.useReconciler(options)
    // Every third list fails, and the newest payment's intent can't be read at first.
    let lists = Counter()
    let newest = payments[4].intent ?? ""
    fixture.provider.setFaults { call in
      if case .list = call, lists.next() % 3 == 0 { return .refused(ProviderError(.rateLimited, "too many")) }
      if call == .read(newest), lists.value < 6 { return .refused(ProviderError(.unavailable, "down")) }
      return nil
    }
    var rounds = 0
    while await fixture.reconciler.reconcile().failures > 0 { rounds += 1 }
    #expect((2...4).contains(rounds), "\(rounds) rounds")
    for payment in payments { #expect(try await fixture.payment(payment.id).reversed == 1_000) }
    #expect(lists.value <= 8, "no page was read twice: \(lists.value)")
    await fixture.expectBalanced()
    await fixture.decisions.stop()
  }

  @Test func `two intents for one payment raise an alarm, and the one that was paid counts`() async throws {
    let fixture = try await PaymentsFixture()
    fixture.provider.setFaults { if case .create = $0 { .replyLost } else { nil } }
    let order = fixture.order(1)
    _ = try? await fixture.payments.create(order)
    fixture.provider.setFaults { _ in nil }
    let made = try #require(fixture.provider.intents.first)
    let second = try await fixture.provider.createIntent(
      PaymentIntentRequest(amount: made.amount, currency: made.currency, metadata: made.metadata),
      idempotencyKey: fixture.id(77))
    fixture.provider.act { book, now in _ = book.confirm(second.id, "pm_card_visa", at: now) }
    let opened = try await fixture.payments.create(order)
    #expect(opened.payment.intent == second.id)
    #expect(opened.payment.state == .settled)
    #expect(fixture.alarms.codes == [.twoIntents])
    #expect(try await fixture.available("citizen:alice") == 100_000)
    await fixture.decisions.stop()
  }
}
