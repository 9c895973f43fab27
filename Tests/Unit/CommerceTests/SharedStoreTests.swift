import Commerce
import Core
import Decisions
import StandIns
import Testing

/// Hosts that share one store of payments, one ledger and one provider.
struct SharedStoreTests {
  private struct Pair {
    let fixture: PaymentsFixture
    let hosts: [Payments]

    init(careless: Bool) async throws {
      let fixture = try await PaymentsFixture()
      self.fixture = fixture
      hosts = (0..<2).map { _ in
        Payments(
          Payments.Ports(
            decisions: fixture.decisions, ledger: fixture.ledger, provider: fixture.provider,
            store: MortalStore(life: Life(), base: fixture.store, isCareless: careless)),
          livemode: false, logger: PaymentsFixture.quiet, alarm: { fixture.alarms.raise($0) },
          now: { fixture.clock.now })
      }
    }
  }

  @Test(arguments: [false, true])
  func `two hosts that get the same order at once make one payment of it`(careless: Bool) async throws {
    let pair = try await Pair(careless: careless)
    let order = pair.fixture.order(1, method: "pm_card_visa")
    let (one, two) = (pair.hosts[0], pair.hosts[1])
    async let first = one.create(order)
    async let second = two.create(order)
    let states = try await [first.payment.state, second.payment.state]
    #expect(states == [.settled, .settled])
    #expect(pair.fixture.provider.intents.count == 1)
    #expect(try await pair.fixture.available("citizen:alice") == 100_000)
    #expect(await pair.fixture.outbox.deliver() == 1)
    await pair.fixture.expectBalanced()
    await pair.fixture.decisions.stop()
  }

  @Test(arguments: [false, true])
  func `a notice and a buyer who gives up meet on two hosts, and one of them wins`(careless: Bool) async throws {
    for number in 1...8 as ClosedRange<UInt64> {
      let pair = try await Pair(careless: careless)
      let (one, two) = (pair.hosts[0], pair.hosts[1])
      let opened = try await one.create(pair.fixture.order(number))
      try pair.fixture.pay(opened.payment)
      let event = try #require(pair.fixture.provider.newEvents().first { $0.type == "payment_intent.succeeded" })
      async let noticed = one.receive(event, body: Array(event.id.utf8))
      async let canceled = try? await two.cancel(opened.payment.id)
      #expect(try await noticed == .processed)
      #expect(await canceled == nil)
      #expect(try await pair.fixture.payment(opened.payment.id).state == .settled)
      await pair.fixture.expectBalanced()
      await pair.fixture.decisions.stop()
    }
  }

  @Test func `two outboxes send each credit once`() async throws {
    let pair = try await Pair(careless: false)
    let fixture = pair.fixture
    for number in 1...6 as ClosedRange<UInt64> {
      _ = try await pair.hosts[0].create(fixture.order(number, method: "pm_card_visa"))
    }
    let other = DucatOutbox(
      store: fixture.store, sender: fixture.venice, logger: PaymentsFixture.quiet,
      alarm: { fixture.alarms.raise($0) }, now: { fixture.clock.now })
    async let first = fixture.outbox.deliver()
    async let second = other.deliver()
    let sent = await [first, second]
    #expect(sent.reduce(0, +) == 6)
    await fixture.decisions.stop()
  }

  @Test func `a reconciler leaves a round to another host that is at it`() async throws {
    let pair = try await Pair(careless: false)
    let claim = WorkClaim(owner: pair.fixture.id(99), until: pair.fixture.clock.now + 60_000)
    #expect(try await pair.fixture.store.claim(.round, for: claim, at: pair.fixture.clock.now))
    _ = try await pair.hosts[0].create(pair.fixture.order(1))
    pair.fixture.clock.pass(milliseconds: 59_000)
    let reconciler = PaymentReconciler(pair.hosts[0])
    #expect(await reconciler.reconcile() == PaymentReconciler.Report())
    pair.fixture.clock.pass(hours: 3)
    #expect(await reconciler.reconcile().payments == 1)
    await pair.fixture.decisions.stop()
  }
}
