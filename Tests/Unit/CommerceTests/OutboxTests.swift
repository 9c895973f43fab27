import Commerce
import Core
import Decisions
import StandIns
import Testing

struct OutboxTests {
  private static func settled(_ fixture: PaymentsFixture) async throws -> Payment {
    let payment = try await fixture.payments.create(fixture.order(1)).payment
    try fixture.pay(payment)
    try await fixture.deliver()
    return payment
  }

  @Test func `a credit whose acknowledgement is lost is sent again, and counts once`() async throws {
    let fixture = try await PaymentsFixture()
    let payment = try await Self.settled(fixture)
    fixture.venice.setFaults { _ in .replyLost }
    #expect(await fixture.outbox.deliver() == 0)
    #expect(await fixture.outbox.deliver() == 0)
    #expect(fixture.venice.sendings == 1)
    for wait in [1_000, 2_000, 4_000] as [Int64] {
      fixture.clock.pass(milliseconds: wait - 1)
      await fixture.outbox.deliver()
      let sendings = fixture.venice.sendings
      fixture.clock.pass(milliseconds: 1)
      await fixture.outbox.deliver()
      #expect(fixture.venice.sendings == sendings + 1)
    }
    fixture.venice.setFaults { _ in nil }
    fixture.clock.pass(hours: 1)
    #expect(await fixture.outbox.deliver() == 1)
    fixture.clock.pass(hours: 1)
    #expect(await fixture.outbox.deliver() == 0)
    #expect(fixture.venice.sendings == 5)
    #expect(fixture.venice.credits.keys.map { $0 } == [payment.id])
    #expect(fixture.alarms.codes == [])
    await fixture.decisions.stop()
  }

  @Test func `Venice is waited for as long as it says`() async throws {
    let fixture = try await PaymentsFixture()
    _ = try await Self.settled(fixture)
    fixture.venice.setFaults { _ in .refused(DucatSenderError(.unavailable, "busy", retryAfter: .seconds(90))) }
    await fixture.outbox.deliver()
    fixture.venice.setFaults { _ in nil }
    fixture.clock.pass(milliseconds: 89_999)
    #expect(await fixture.outbox.deliver() == 0)
    fixture.clock.pass(milliseconds: 1)
    #expect(await fixture.outbox.deliver() == 1)
    await fixture.decisions.stop()
  }

  @Test func `what Venice refuses raises an alarm each hour until it takes it`() async throws {
    let store = MemoryPaymentStore()
    let fixture = try await PaymentsFixture(store: store)
    _ = try await Self.settled(fixture)
    fixture.venice.setFaults { _ in .refused(DucatSenderError(.refused, "the purse is empty")) }
    for _ in 0..<3 {
      #expect(await fixture.outbox.deliver() == 0)
      fixture.clock.pass(milliseconds: 3_599_999)
      #expect(await fixture.outbox.deliver() == 0)
      fixture.clock.pass(milliseconds: 1)
    }
    #expect(fixture.venice.sendings == 3)
    #expect(fixture.alarms.codes == [.creditRefused, .creditRefused, .creditRefused])
    fixture.venice.setFaults { _ in nil }
    #expect(await fixture.outbox.deliver() == 1)
    #expect(store.credits.map(\.state) == [.acknowledged])
    await fixture.decisions.stop()
  }

  @Test func `what Venice took for another transfer raises an alarm and is never sent again`() async throws {
    let store = MemoryPaymentStore()
    let fixture = try await PaymentsFixture(store: store)
    _ = try await Self.settled(fixture)
    fixture.venice.setFaults { _ in .refused(DucatSenderError(.mistaken, "a name of its own")) }
    #expect(await fixture.outbox.deliver() == 0)
    fixture.clock.pass(hours: 5)
    #expect(await fixture.outbox.deliver() == 0)
    #expect(fixture.venice.sendings == 1)
    #expect(fixture.alarms.codes == [.creditRefused])
    #expect(store.credits.map(\.state) == [.refused])
    await fixture.decisions.stop()
  }
}
