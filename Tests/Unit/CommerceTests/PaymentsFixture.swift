import Commerce
import Core
import Decisions
import Ledger
import Logging
import LuaRuntime
import Rulebook
import StandIns
import Synchronization
import TestSupport
import Testing

/// A clock that only tests move; milliseconds since 1970.
final class SetClock: Sendable {
  private let time = Mutex<Int64>(1_700_000_000_000)
  var now: Int64 { time.withLock { $0 } }
  func pass(milliseconds: Int64) { time.withLock { $0 += milliseconds } }
  func pass(hours: Int64) { pass(milliseconds: hours * 3_600_000) }
}

/// Every alarm that was raised.
final class RaisedAlarms: Sendable {
  private let list = Mutex<[PaymentAlarm]>([])
  var all: [PaymentAlarm] { list.withLock { $0 } }
  var codes: [PaymentAlarm.Code] { all.map(\.code) }
  @Sendable func raise(_ alarm: PaymentAlarm) { list.withLock { $0.append(alarm) } }
}

/// The shipped rules, a funded ledger, a provider and a Venice in memory, and payments between them.
struct PaymentsFixture {
  let clock = SetClock()
  let alarms = RaisedAlarms()
  let ledger: MemoryLedgerStore
  let decisions: CommittingDecisions
  let provider: FakeProvider
  private(set) var store: any PaymentStore
  let venice = FakeDucatSender()
  private(set) var payments: Payments
  private(set) var outbox: DucatOutbox
  private(set) var reconciler: PaymentReconciler

  /// The rulebook of this repository.
  static let shipped = Result {
    let rulebook = try RulebookLoader.load(directory: Checkout.directory, runSpecs: false)
    return Generation(number: 7, rulebook: rulebook, activatedMilliseconds: 0)
  }

  /// What operators put into the accounts at first, minor units.
  static let funds: [(account: String, amount: String)] = [
    ("reserve:ducats", "10000000000.00 DUC/2"), ("bridge:dollars", "1000000000.00 USD/2"),
    ("reserve:uplift", "1000000.00 USD/2"),
  ]

  static let quiet = Logger(label: "payments") { _ in SwiftLogNoOpLogHandler() }

  init(store: any PaymentStore = MemoryPaymentStore(), funded: Bool = true) async throws {
    let (clock, alarms) = (clock, alarms)
    let generation = try Self.shipped.get()
    ledger = MemoryLedgerStore(time: TimeSource(wall: { clock.now * 1_000_000 }, boot: { clock.now * 1_000_000 }))
    var limits = EffectLimits()
    limits.run.deadline = .seconds(120)
    decisions = try CommittingDecisions(
      store: ledger, reader: HostReads(), limits: limits, generation: { generation })
    provider = FakeProvider(clock: { clock.now })
    self.store = store
    payments = Payments(
      Payments.Ports(decisions: decisions, ledger: ledger, provider: provider, store: store), livemode: false,
      logger: Self.quiet, alarm: { alarms.raise($0) }, now: { clock.now })
    outbox = DucatOutbox(
      store: store, sender: venice, logger: Self.quiet, alarm: { alarms.raise($0) }, now: { clock.now })
    reconciler = PaymentReconciler(payments)
    if funded { try await fund(Self.funds) }
  }

  /// Goes on from what `store` has, as after a restart.
  mutating func restart(_ store: any PaymentStore) {
    let (clock, alarms) = (clock, alarms)
    self.store = store
    payments = Payments(
      Payments.Ports(decisions: decisions, ledger: ledger, provider: provider, store: store), livemode: false,
      logger: Self.quiet, alarm: { alarms.raise($0) }, now: { clock.now })
    outbox = DucatOutbox(
      store: store, sender: venice, logger: Self.quiet, alarm: { alarms.raise($0) }, now: { clock.now })
    reconciler = PaymentReconciler(payments)
  }

  /// Reconciles by these options from now on.
  mutating func useReconciler(_ options: PaymentReconciler.Options) {
    reconciler = PaymentReconciler(payments, options: options)
  }

  func fund(_ funds: [(account: String, amount: String)]) async throws {
    try await Self.fund(funds, in: ledger, at: clock.now)
  }

  static func fund(
    _ funds: [(account: String, amount: String)], in ledger: MemoryLedgerStore, at now: Int64
  ) async throws {
    for (index, fund) in funds.enumerated() {
      let id = Identifier(milliseconds: now, random: (UInt64(fund.account.utf8.count), UInt64(index)))
      let event = LedgerEvent.posted(
        id, from: try #require(AccountName("world")), to: try #require(AccountName(fund.account)),
        try #require(Amount(text: fund.amount)))
      let receipt = try await ledger.commit(Submission([.event(event)], authority: .operator)).receipt
      #expect(receipt.refusal == nil)
    }
  }

  /// A payment's id, made now.
  func id(_ number: UInt64, hoursAgo hours: Int64 = 0) -> Identifier {
    Identifier(milliseconds: clock.now - hours * 3_600_000, random: (0, number))
  }

  func order(
    _ number: UInt64, _ wanted: PaymentOrder.Wanted = .package("trader"), citizen: String = "alice",
    level: Double = 0.5,
    method: String? = nil
  ) -> PaymentOrder {
    PaymentOrder(payment: id(number), citizen: citizen, level: level, wanted: wanted, paymentMethod: method)
  }

  /// What `bridge.quote` says now, as a verified quote; nil when it refuses.
  static func quote(
    _ side: String, _ amount: Amount, citizen: String, level: Double, key: Identifier, by decisions: CommittingDecisions
  ) async throws -> VerifiedQuote? {
    let input: JSON = [
      "side": .string(side), "amount": amount.json, "level": .double(level), "citizen": .string(citizen),
    ]
    guard let decided = try? await decisions.decide(Question("bridge.quote", .value(input), key: key)) else {
      return nil
    }
    let terms = try decided.result()
    return VerifiedQuote(amount: amount, terms: terms, generation: 7, decision: key)
  }

  /// The same, wanted.
  func quote(
    _ number: UInt64, _ side: String, _ amount: String, level: Double = 0.5, citizen: String = "alice"
  ) async throws -> PaymentOrder.Wanted {
    let amount = try #require(Amount(text: amount))
    let quote = try await Self.quote(
      side, amount, citizen: citizen, level: level, key: id(1 << 40 + number), by: decisions)
    return .quote(try #require(quote, "not quoted"))
  }

  /// Plays the buyer: confirms the payment's intent with a card that pays.
  func pay(_ payment: Payment, with method: String = "pm_card_visa") throws {
    let intent = try #require(payment.intent)
    provider.act { book, now in _ = book.confirm(intent, method, at: now) }
  }

  /// Delivers every new notice once; what became of each.
  @discardableResult
  func deliver() async throws -> [EventOutcome] {
    var outcomes: [EventOutcome] = []
    for event in provider.newEvents() { outcomes.append(try await receive(event)) }
    return outcomes
  }

  func receive(_ event: PaymentEvent, body: String = "") async throws -> EventOutcome {
    try await payments.receive(event, body: Array((event.id + body).utf8))
  }

  /// An account's available minor units; nil when there is none.
  func available(_ account: String) async throws -> Int64? {
    let name = try #require(AccountName(account))
    return await ledger.accounts(named: [name]).first { $0.asset != nil }?.balances.available
  }

  func payment(_ id: Identifier) async throws -> Payment { try #require(try await payments.payment(id)) }

  /// Every asset sums to zero over all accounts, posted and held.
  func expectBalanced(_ location: SourceLocation = #_sourceLocation) async {
    var sums: [String: Int64] = [:]
    for account in await ledger.allAccounts() {
      guard let asset = account.asset else { continue }
      let totals = account.totals
      sums[asset.name, default: 0] += totals.creditsPosted - totals.debitsPosted
      sums["held " + asset.name, default: 0] += totals.creditsPending - totals.debitsPending
    }
    for (asset, sum) in sums { #expect(sum == 0, "\(asset)", sourceLocation: location) }
  }
}
