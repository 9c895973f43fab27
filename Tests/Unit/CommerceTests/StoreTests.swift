import Commerce
import Core
import Decisions
import Foundation
import StandIns
import StoreSQLite
import Testing

struct StoreTests {
  private static func inDirectory(_ body: (String) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.path + "/payments-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try await body(directory)
  }

  @Test func `a payment goes on in a file that was closed and opened again`() async throws {
    try await Self.inDirectory { directory in
      let first = try SQLitePaymentStore(directory: directory)
      var fixture = try await PaymentsFixture(store: first)
      let opened = try await fixture.payments.create(fixture.order(1))
      try fixture.pay(opened.payment)
      let event = try #require(fixture.provider.newEvents().first { $0.type == "payment_intent.succeeded" })
      fixture.provider.setFaults { _ in .refused(ProviderError(.unavailable, "down")) }
      #expect(try await fixture.receive(event) == .deferred)
      first.close()

      let second = try SQLitePaymentStore(directory: directory)
      fixture.restart(second)
      fixture.provider.setFaults { _ in nil }
      #expect(try await fixture.payment(opened.payment.id) == opened.payment)
      fixture.clock.pass(milliseconds: 100_000)
      _ = await fixture.reconciler.reconcile()
      #expect(try await fixture.payment(opened.payment.id).state == .settled)
      #expect(await fixture.outbox.deliver() == 1)
      #expect(await fixture.outbox.deliver() == 0)
      #expect(try await fixture.receive(event) == .repeated)
      #expect(try await fixture.receive(event, body: "other") == .conflicting)
      #expect(try await second.unfinished(until: .max, after: nil, limit: 10) == [])
      #expect(try await second.unfinishedEvents(until: .max, after: nil, limit: 10) == [])
      second.close()
      await fixture.decisions.stop()
    }
  }

  @Test func `both stores answer the same`() async throws {
    try await Self.inDirectory { directory in
      let file = try SQLitePaymentStore(directory: directory)
      for store in [MemoryPaymentStore(), file] as [any PaymentStore] { try await Self.exercise(store) }
      file.close()
    }
  }

  private static func id(_ number: UInt64) -> Identifier {
    Identifier(milliseconds: 1_700_000_000_000, random: (0, number))
  }

  private static func sale(_ number: UInt64, quote: UInt64) throws -> PaymentOrder {
    let terms: JSON = ["side": "sell", "net": ["asset": "USD/2", "minor": 5]]
    let amount = try #require(Amount(text: "1.00 DUC/2"))
    return PaymentOrder(
      payment: Self.id(number), citizen: "alice", level: 0.25,
      wanted: .quote(VerifiedQuote(amount: amount, terms: terms, generation: 3, decision: Self.id(quote))))
  }

  private static func exercise(_ store: any PaymentStore) async throws {
    var payment = Payment(try Self.sale(1, quote: 50), now: 10)
    #expect(try await store.insert(payment) == .inserted(payment))
    #expect(try await store.insert(payment) == .exists(payment))
    #expect(try await store.insert(Payment(try Self.sale(2, quote: 50), now: 10)) == .quoteUsed)
    #expect(try await store.payment(Self.id(1)) == payment)
    #expect(try await store.payment(Self.id(9)) == nil)
    #expect(try await store.unfinished(until: 9, after: nil, limit: 5) == [])
    #expect(try await store.unfinished(until: 10, after: nil, limit: 5) == [payment])
    #expect(try await store.unfinished(until: 10, after: Self.id(1), limit: 5) == [])

    (payment.state, payment.intent, payment.updated) = (.settled, "pi_1", 20)
    (payment.terms, payment.settlement, payment.problem) = (["a": 1], Self.id(7), "why")
    (payment.reversed, payment.reversing, payment.attempt, payment.asked) = (3, 4, 2, 17)
    let credit = DucatCredit(payment: Self.id(1), citizen: "alice", ducats: try #require(Amount(text: "0.07 DUC/2")))
    for _ in 0..<2 { try await store.update(payment, credit: credit) }
    #expect(try await store.payment(intent: "pi_1") == payment)
    #expect(try await store.unfinished(until: 20, after: nil, limit: 5) == [payment])
    payment.reversing = nil
    try await store.update(payment, credit: nil)
    #expect(try await store.unfinished(until: 20, after: nil, limit: 5) == [])

    var due = try await store.dueCredits(at: 20, limit: 5)
    #expect(due == [QueuedCredit(credit, due: 20)])
    (due[0].attempts, due[0].due) = (1, 90)
    try await store.update(due[0])
    #expect(try await store.dueCredits(at: 89, limit: 5) == [])
    #expect(try await store.dueCredits(at: 90, limit: 5) == due)
    due[0].state = .acknowledged
    try await store.update(due[0])
    #expect(try await store.dueCredits(at: .max, limit: 5) == [])

    let event = PaymentEvent(
      id: "evt_1", type: "charge.refunded", objectKind: "charge", objectID: "ch_1", intent: "pi_1", livemode: false,
      account: "acct_1", created: 5)
    #expect(try await store.insert(event, digest: [1, 2], now: 30) == .inserted)
    #expect(try await store.insert(event, digest: [1, 2], now: 31) == .repeated(isFinished: false))
    #expect(try await store.insert(event, digest: [1, 3], now: 31) == .conflicting)
    #expect(try await store.unfinishedEvents(until: 29, after: nil, limit: 5) == [])
    #expect(try await store.unfinishedEvents(until: 30, after: nil, limit: 5) == [event])
    #expect(try await store.unfinishedEvents(until: 30, after: "evt_1", limit: 5) == [])
    try await store.finish(event: "evt_1")
    #expect(try await store.unfinishedEvents(until: 30, after: nil, limit: 5) == [])
    #expect(try await store.insert(event, digest: [1, 2], now: 31) == .repeated(isFinished: true))

    // A refused payment lets go of its quote.
    var refused = Payment(try Self.sale(3, quote: 60), now: 10)
    #expect(try await store.insert(refused) == .inserted(refused))
    refused.state = .refused
    try await store.update(refused, credit: nil)
    // What the citizen has left open is counted; what has ended isn't.
    for (number, open) in [(4, 0), (5, 1)] as [(UInt64, Int)] {
      var next = Payment(try Self.sale(number, quote: 56 + number), now: 10)
      let inserted = try await store.insert(next)
      next.othersOpen = open
      #expect(inserted == .inserted(next))
    }
  }

  @Test func `what many write at a time is all there, and one that fails fails alone`() async throws {
    try await Self.inDirectory { directory in
      let store = try SQLitePaymentStore(directory: directory)
      // Every third brings the intent of the first: a name that may stand once.
      let payments = try (0..<90 as Range<UInt64>).map { number in
        var payment = Payment(try Self.sale(number, quote: 1_000 + number), now: 10)
        payment.intent = number % 3 == 0 ? "pi_shared" : "pi_\(number)"
        return payment
      }
      let written = await withTaskGroup(of: Identifier?.self) { group in
        for payment in payments {
          group.addTask {
            do { try await store.update(payment, credit: nil) } catch { return nil }
            return payment.id
          }
        }
        return await group.reduce(into: Set<Identifier>()) { all, id in if let id { all.insert(id) } }
      }
      #expect(written.count == 61)
      for payment in payments { #expect((try await store.payment(payment.id) != nil) == written.contains(payment.id)) }
      store.close()
      let again = try SQLitePaymentStore(directory: directory)
      #expect(try await again.unfinished(until: 10, after: nil, limit: 100).count == 61)
      again.close()
    }
  }

  @Test func `a file that can't be opened says which`() throws {
    #expect(throws: PaymentStoreError.self) { try SQLitePaymentStore(directory: "/dev/null/payments") }
  }
}
