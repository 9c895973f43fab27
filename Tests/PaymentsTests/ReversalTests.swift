import CascadeHost
import Core
import Ledger
import StripeTesting
import Testing

struct ReversalTests {
  private static func settled(_ fixture: PaymentsFixture, _ name: String = "noble") async throws -> Payment {
    let payment = try await fixture.payments.create(fixture.order(1, .package(name))).payment
    try fixture.pay(payment)
    try await fixture.deliver()
    return payment
  }

  private static func balances(_ fixture: PaymentsFixture) async -> [String: Int64] {
    let accounts = await fixture.ledger.allAccounts().filter { $0.balances.posted != 0 }
    return Dictionary(uniqueKeysWithValues: accounts.map { ($0.key.text, $0.balances.posted) })
  }

  @Test func `a full refund leaves every balance as it was before the payment`() async throws {
    let fixture = try await PaymentsFixture()
    let before = await Self.balances(fixture)
    let payment = try await Self.settled(fixture)
    fixture.provider.act { book, now in book.giveBack(payment.intent ?? "", amount: 50_000, at: now) }
    try await fixture.deliver()
    #expect(await Self.balances(fixture) == before)
    #expect(try await fixture.payment(payment.id).reversed == 50_000)
    await fixture.expectBalanced()
    await fixture.decisions.stop()
  }

  @Test func `refunds in parts come to the whole, each once`() async throws {
    let fixture = try await PaymentsFixture()
    let before = await Self.balances(fixture)
    let payment = try await Self.settled(fixture)
    var left: Int64 = 50_000
    for part in [1, 16_666, 33, 33_300] as [Int64] {
      fixture.provider.act { book, now in book.giveBack(payment.intent ?? "", amount: part, at: now) }
      let events = fixture.provider.newEvents()
      for event in events + events { _ = try await fixture.receive(event) }
      left -= part
      #expect(try await fixture.payment(payment.id).reversed == 50_000 - left)
      #expect(try await fixture.available("bridge:dollars") == 100_000_000_000 + left)
      await fixture.expectBalanced()
    }
    #expect(left == 0)
    #expect(await Self.balances(fixture) == before)
    await fixture.decisions.stop()
  }

  @Test func `ducats that were spent are owed, and the citizen doesn't go below zero`() async throws {
    let fixture = try await PaymentsFixture()
    let payment = try await Self.settled(fixture)
    let spent = LedgerEvent.posted(
      fixture.id(50), from: try #require(AccountName("citizen:alice")), to: try #require(AccountName("shop")),
      try #require(Amount(text: "4000.00 DUC/2")))
    #expect(try await fixture.ledger.commit(Submission([.event(spent)])).refusal == nil)
    _ = fixture.provider.act { book, now in book.dispute(payment.intent ?? "", at: now) }
    try await fixture.deliver()
    #expect(try await fixture.available("citizen:alice") == 0)
    #expect(try await fixture.available("citizen:alice:bonus") == 0)
    #expect(try await fixture.available("receivable:citizen:alice") == -400_000)
    #expect(try await fixture.available("reserve:ducats") == 1_000_000_000_000)
    #expect(try await fixture.payment(payment.id).reversed == 50_000)
    #expect(fixture.alarms.codes == [])
    await fixture.expectBalanced()
    await fixture.decisions.stop()
  }

  @Test func `a second debt is owed on the same account`() async throws {
    let fixture = try await PaymentsFixture()
    for number in 1...2 {
      let payment = try await fixture.payments.create(fixture.order(UInt64(number), .package("starter"))).payment
      try fixture.pay(payment)
      try await fixture.deliver()
      let spent = LedgerEvent.posted(
        fixture.id(UInt64(50 + number)), from: try #require(AccountName("citizen:alice")),
        to: try #require(AccountName("shop")), try #require(Amount(text: "100.00 DUC/2")))
      #expect(try await fixture.ledger.commit(Submission([.event(spent)])).refusal == nil)
      fixture.provider.act { book, now in book.giveBack(payment.intent ?? "", amount: 1_000, at: now) }
      try await fixture.deliver()
      #expect(try await fixture.available("receivable:citizen:alice") == Int64(-10_000 * number))
    }
    #expect(fixture.alarms.codes == [])
    await fixture.decisions.stop()
  }

  @Test func `each reversal names its original, and no more can be taken back`() async throws {
    let fixture = try await PaymentsFixture()
    let payment = try await Self.settled(fixture)
    fixture.provider.act { book, now in book.giveBack(payment.intent ?? "", amount: 50_000, at: now) }
    try await fixture.deliver()
    let settlement = try #require(try await fixture.payment(payment.id).settlement)
    let kept = await fixture.ledger.record(settlement)
    let bytes = try #require(kept)
    let record = try #require(RecordedDecision(bytes: bytes))
    #expect(record.effects.count == 4)
    for transfer in record.effects {
      let reversals = await fixture.ledger.entries(naming: transfer).filter { $0.entry.kind == .reversal }
      #expect(reversals.count == 1)
      let original = await fixture.ledger.entry(transfer)
      #expect(reversals.first?.entry.postings.first?.amount == original?.entry.postings.first?.amount)
      #expect(reversals.first?.entry.reference == payment.id.description)
    }
    await fixture.decisions.stop()
  }

  @Test func `a dispute that was won raises an alarm and moves nothing`() async throws {
    let fixture = try await PaymentsFixture()
    let payment = try await Self.settled(fixture)
    let intent = try #require(payment.intent)
    let name = fixture.provider.act { book, now in book.dispute(intent, at: now) }
    let dispute = try #require(name)
    try await fixture.deliver()
    let after = await Self.balances(fixture)
    fixture.provider.act { book, now in book.closeDispute(dispute, of: intent, won: true, at: now) }
    try await fixture.deliver()
    #expect(fixture.alarms.codes == [.wonBack])
    #expect(await Self.balances(fixture) == after)
    await fixture.decisions.stop()
  }

  @Test func `what was refunded before it was settled is settled and reversed`() async throws {
    let fixture = try await PaymentsFixture()
    let before = await Self.balances(fixture)
    let payment = try await fixture.payments.create(fixture.order(1)).payment
    try fixture.pay(payment)
    fixture.provider.act { book, now in book.giveBack(payment.intent ?? "", amount: 10_000, at: now) }
    try await fixture.deliver()
    #expect(try await fixture.payment(payment.id).reversed == 10_000)
    #expect(await Self.balances(fixture) == before)
    await fixture.decisions.stop()
  }
}
