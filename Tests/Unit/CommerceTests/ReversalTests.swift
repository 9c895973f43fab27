import Commerce
import Core
import Decisions
import Ledger
import StandIns
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
    #expect(try await fixture.ledger.commit(Submission([.event(spent)], authority: .operator)).receipt.refusal == nil)
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

  /// Closes an account, or opens it again.
  private static func close(_ fixture: PaymentsFixture, _ name: String, _ isClosed: Bool, _ id: UInt64) async throws {
    let change = LedgerEvent.account(fixture.id(id), try #require(AccountName(name)), isClosed: isClosed)
    #expect(try await fixture.ledger.commit(Submission([.event(change)], authority: .operator)).receipt.refusal == nil)
  }

  @Test func `what a closed account should give back is owed, and its ducats stay where they are`() async throws {
    let fixture = try await PaymentsFixture()
    let payment = try await Self.settled(fixture)
    try await Self.close(fixture, "citizen:alice", true, 60)
    try await Self.close(fixture, "bridge:dollars", true, 61)
    fixture.provider.act { book, now in book.giveBack(payment.intent ?? "", amount: 20_000, at: now) }
    try await fixture.deliver()
    #expect(try await fixture.available("citizen:alice") == 500_000)
    #expect(try await fixture.available("receivable:citizen:alice") == -200_000)
    #expect(try await fixture.available("receivable:bridge:dollars") == -20_000)
    #expect(try await fixture.available("citizen:alice:bonus") == 75_000 - 30_000)
    #expect(try await fixture.available("clearing:stripe") == 0)
    // Once it is open it gives what is lost from then on.
    try await Self.close(fixture, "citizen:alice", false, 62)
    _ = fixture.provider.act { book, now in book.dispute(payment.intent ?? "", at: now) }
    try await fixture.deliver()
    #expect(try await fixture.payment(payment.id).reversed == 50_000)
    #expect(try await fixture.available("citizen:alice") == 200_000)
    #expect(try await fixture.available("receivable:citizen:alice") == -200_000)
    #expect(try await fixture.available("reserve:ducats") == 1_000_000_000_000)
    #expect(fixture.alarms.codes == [])
    await fixture.expectBalanced()
    await fixture.decisions.stop()
  }

  @Test func `a refund to a closed account waits with an alarm until that is open`() async throws {
    let fixture = try await PaymentsFixture()
    let before = await Self.balances(fixture)
    let payment = try await Self.settled(fixture)
    try await Self.close(fixture, "reserve:ducats", true, 60)
    fixture.provider.act { book, now in book.giveBack(payment.intent ?? "", amount: 50_000, at: now) }
    #expect(try await fixture.deliver().allSatisfy { $0 == .deferred })
    #expect(fixture.alarms.codes.first == .ruleFailed)
    #expect(try await fixture.payment(payment.id).reversed == 0)
    try await Self.close(fixture, "reserve:ducats", false, 61)
    fixture.clock.pass(hours: 3)
    _ = await fixture.reconciler.reconcile()
    #expect(try await fixture.payment(payment.id).reversed == 50_000)
    #expect(await Self.balances(fixture) == before)
    await fixture.decisions.stop()
  }

  @Test(arguments: 0..<8)
  func `a reversal is booked once when the process dies in it and the account is closed meanwhile`(
    point: Int
  ) async throws {
    var fixture = try await PaymentsFixture()
    let payment = try await Self.settled(fixture)
    let store = fixture.store
    fixture.provider.act { book, now in book.giveBack(payment.intent ?? "", amount: 20_000, at: now) }
    fixture.restart(MortalStore(life: Life { $0 == point }, base: store))
    _ = try? await fixture.deliver()
    try await Self.close(fixture, "citizen:alice", true, 60)
    fixture.restart(store)
    fixture.clock.pass(hours: 3)
    for _ in 0..<2 { _ = await fixture.reconciler.reconcile() }
    #expect(try await fixture.payment(payment.id).reversed == 20_000)
    let taken = try await fixture.available("citizen:alice") ?? 0
    let owed = try await fixture.available("receivable:citizen:alice") ?? 0
    #expect(taken + owed == 300_000 && [300_000, 500_000].contains(taken), "\(taken) and \(owed)")
    #expect(try await fixture.available("reserve:ducats") == 1_000_000_000_000 - 345_000)
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
      #expect(try await fixture.ledger.commit(Submission([.event(spent)], authority: .operator)).receipt.refusal == nil)
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
      let reversals = try await fixture.ledger.entries(naming: transfer).filter { $0.entry.kind == .reversal }
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
