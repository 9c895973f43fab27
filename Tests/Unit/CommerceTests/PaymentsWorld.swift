import Commerce
import Core
import Decisions
import Ledger
import LuaRuntime
import Rulebook
import StandIns
import TrustGraph

/// Everything that outlives a process, and the processes that live now, of which one acts at a time.
final class PaymentsWorld {
  let clock = SetClock()
  let alarms = RaisedAlarms()
  let ledger: MemoryLedgerStore
  let decisions: CommittingDecisions
  let provider: FakeProvider
  let store = MemoryPaymentStore()
  let venice = FakeDucatSender()
  /// Alarms that may be raised.
  var expectedAlarms: Set<PaymentAlarm.Code> = [.lateSuccess]
  /// How many processes have died.
  private(set) var deaths = 0
  /// The process that acts.
  private(set) var life: Life
  private(set) var payments: Payments
  private(set) var outbox: DucatOutbox
  private(set) var reconciler: PaymentReconciler
  /// Those that stand by, on hosts of their own with the same stores.
  private var standing: [(Life, Payments, DucatOutbox, PaymentReconciler)] = []

  /// A world with so many hosts.
  init(hosts: Int = 1) async throws {
    let clock = clock
    let generation = try PaymentsFixture.shipped.get()
    ledger = MemoryLedgerStore(time: TimeSource(wall: { clock.now * 1_000_000 }, boot: { clock.now * 1_000_000 }))
    var limits = EffectLimits()
    limits.run.deadline = .seconds(120)
    decisions = try CommittingDecisions(
      store: ledger, reader: HostReads(), limits: limits, generation: { generation })
    provider = FakeProvider(clock: { clock.now })
    let first = Life()
    life = first
    (payments, outbox, reconciler) = Self.process(first, clock, alarms, ledger, decisions, provider, store, venice)
    for _ in 1..<hosts {
      let life = Life()
      let (payments, outbox, reconciler) = Self.process(
        life, clock, alarms, ledger, decisions, provider, store, venice)
      standing.append((life, payments, outbox, reconciler))
    }
    try await PaymentsFixture.fund(PaymentsFixture.funds, in: ledger, at: clock.now)
  }

  /// Lets the host behind so many others act from now on.
  func turn(to place: Int) {
    guard standing.indices.contains(place) else { return }
    standing.append((life, payments, outbox, reconciler))
    (life, payments, outbox, reconciler) = standing.remove(at: place)
  }

  /// Begins a process that dies where `isFatal` says; whatever was before it is gone.
  func begin(isFatal: @escaping @Sendable (_ point: Int) -> Bool = { _ in false }) {
    if life.isOver { deaths += 1 }
    // Those of a process that has died: the next one on a file doesn't see them either.
    store.endClaims()
    life = Life(isFatal: isFatal)
    (payments, outbox, reconciler) = Self.process(life, clock, alarms, ledger, decisions, provider, store, venice)
  }

  private static func process(
    _ life: Life, _ clock: SetClock, _ alarms: RaisedAlarms, _ ledger: MemoryLedgerStore,
    _ decisions: CommittingDecisions, _ provider: FakeProvider, _ store: MemoryPaymentStore, _ venice: FakeDucatSender
  ) -> (Payments, DucatOutbox, PaymentReconciler) {
    let store = MortalStore(life: life, base: store)
    let payments = Payments(
      Payments.Ports(
        decisions: MortalDecisions(life: life, base: decisions), ledger: ledger,
        provider: MortalProvider(life: life, base: provider), store: store),
      livemode: false, logger: PaymentsFixture.quiet, alarm: { alarms.raise($0) }, now: { clock.now })
    let outbox = DucatOutbox(
      store: store, sender: MortalSender(life: life, base: venice), logger: PaymentsFixture.quiet,
      alarm: { alarms.raise($0) }, now: { clock.now })
    // Not far back, as there are many starts.
    var options = PaymentReconciler.Options()
    (options.listedSeconds, options.longListedSeconds) = (6 * 3_600, 6 * 3_600)
    return (payments, outbox, PaymentReconciler(payments, options: options))
  }

  /// What the reconciler of a process that lives on does: rounds until one has nothing left, hundreds at most.
  func lookFarBack() async {
    let reconciler = PaymentReconciler(payments)
    for _ in 0..<300 {
      if await reconciler.reconcile().failures == 0 { return }
      clock.pass(milliseconds: 60_000)
    }
  }

  /// A process that never dies ends whatever is under way: buyers go away, reconcilers go round, Venice answers.
  func comeToRest() async {
    provider.setFaults { _ in nil }
    venice.setFaults { _ in nil }
    begin()
    reconciler = PaymentReconciler(payments)
    for _ in 0..<4 {
      for intent in provider.intents where intent.status == .processing {
        provider.act { book, now in _ = book.confirm(intent.id, "pm_card_visa", at: now) }
      }
      clock.pass(hours: 3)
      _ = await reconciler.reconcile()
      await outbox.deliver()
    }
  }

  /// What a run came to, so that two can be compared: payments and balances, in order.
  func summary() async -> [String] {
    let payments = store.payments.map { payment in
      "\(payment.id) \(payment.state) \(payment.reversed) \(payment.refusal ?? "-") \(payment.intent ?? "-")"
    }
    let accounts = await ledger.allAccounts().map { "\($0.key.text) \($0.balances)" }
    return payments + accounts + ["\(deaths) deaths", "\(alarms.codes)"]
  }
}
