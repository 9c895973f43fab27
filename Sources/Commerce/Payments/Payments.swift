package import Core
internal import Cryptography
package import Decisions
package import Ledger
package import Logging

/// Payments from the order to the end: what the rules decide, the ledger books and the provider collects, in step.
///
/// - `create(_:)` begins one, or takes it up again: the same order under the same id is the same payment.
/// - `payment(_:)` shows it, `cancel(_:)` gives it up.
/// - `receive(_:body:)` takes a verified event of the provider. An event is only a hint: the object is read again.
/// - ``PaymentReconciler`` takes up what a crash, a lost reply or event left undone; ``DucatOutbox`` tells Venice.
///
/// Each step is kept before the next begins, and can be taken again: decisions and intents have keys made of the
/// payment's id. What makes twice impossible is the ledger's: a hold has one resolution, a key one decision.
package final class Payments: Sendable {
  /// What it works with.
  package struct Ports: Sendable {
    /// Makes the decisions that price and authorize payments.
    package var decisions: any Decisions
    /// The ledger that the rules' effects go to; payments only read it.
    package var ledger: any LedgerReading & CommittedRecordReading
    /// Who collects the money.
    package var provider: any PaymentProvider
    /// Where payments are kept.
    package var store: any PaymentStore
    /// Who tells the outbox of credits.
    package var notices: any Notices

    package init(
      decisions: any Decisions, ledger: any LedgerReading & CommittedRecordReading, provider: any PaymentProvider,
      store: any PaymentStore, notices: any Notices = MemoryNotices()
    ) {
      self.decisions = decisions
      self.ledger = ledger
      self.provider = provider
      self.store = store
      self.notices = notices
    }
  }

  /// Events that concern a payment. Any other is ignored.
  static let eventTypes: Set<String> = [
    "payment_intent.succeeded", "payment_intent.canceled", "payment_intent.payment_failed",
    "payment_intent.processing", "charge.succeeded", "charge.refunded", "charge.refund.updated",
    "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed",
    "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated", "refund.created", "refund.updated",
    "refund.failed",
  ]

  let ports: Ports
  let decisions: PaymentDecisions
  /// Whether the host takes part in real money.
  let livemode: Bool
  let logger: Logger
  let alarm: PaymentAlarm.Handler
  /// The wall clock: milliseconds since 1970.
  let now: @Sendable () -> Int64
  /// In whose name work is claimed.
  let owner: Identifier
  /// Tells the intents of this ledger from others on the same account.
  let mark: LedgerMark
  let foreign = ForeignIntents()
  private let turns = Turns()

  /// Payments over these ports. `livemode` must be that of the provider's key; `alarm` and `now` are for tests.
  package init(
    _ ports: Ports, livemode: Bool, logger: Logger, alarm: PaymentAlarm.Handler? = nil,
    now: @escaping @Sendable () -> Int64 = { WallClock.milliseconds() }
  ) {
    self.ports = ports
    decisions = PaymentDecisions(decisions: ports.decisions)
    self.livemode = livemode
    self.logger = logger
    self.alarm = alarm ?? PaymentAlarm.reporting(to: logger)
    self.now = now
    var generator = IdentifierGenerator()
    owner = generator.next()
    mark = LedgerMark(ledger: ports.ledger.ledgerID)
  }

  /// How many intents of others were seen on the account.
  package var foreignIntents: Int { foreign.count }

  /// Begins a payment, or takes it up again. A sale is settled when this returns; anything else waits for its buyer.
  package func create(_ order: PaymentOrder) async throws(PaymentError) -> OpenedPayment {
    try await inTurn(order.payment) { () async throws(PaymentError) in
      // Its age matters when it is new; a known payment is known for ever.
      if let problem = order.problem(now: now()), try await self.payment(order.payment) == nil {
        throw .invalid(problem)
      }
      let (payment, isNew) = try await insert(order)
      if let failure = payment.failure { throw .decision(DecisionFailure(failure, of: payment.id)) }
      var course = Course(payment: payment, isNew: isNew)
      try await advance(&course)
      return OpenedPayment(payment: course.payment, intent: course.intent)
    }
  }

  private func insert(_ order: PaymentOrder) async throws(PaymentError) -> (payment: Payment, isNew: Bool) {
    let payment = Payment(order, now: now())
    switch try await kept({ () async throws(StoreError) in try await ports.store.insert(payment) }) {
    case .inserted(let payment): return (payment, true)
    case .quoteUsed: throw .quoteUsed
    case .exists(let earlier):
      if earlier.order == order { return (earlier, false) }
      throw .keyReused("\(order.payment) stands for another payment")
    }
  }

  /// The payment of this id; nil when there is none.
  package func payment(_ id: Identifier) async throws(PaymentError) -> Payment? {
    try await kept { () async throws(StoreError) in try await ports.store.payment(id) }
  }

  /// Payments with a lower id than `before`, or all, the latest first.
  package func payments(before id: Identifier?, limit: Int) async throws(PaymentError) -> [Payment] {
    try await kept { () async throws(StoreError) in try await ports.store.payments(before: id, limit: limit) }
  }

  /// Gives a payment up: at the provider first, then its ducats are released. A canceled one is answered as it is.
  package func cancel(_ id: Identifier) async throws(PaymentError) -> Payment {
    let payment = try await change(id, wish: .cancel)
    guard let payment else { throw .notFound }
    if payment.state != .canceled { throw .tooLate(payment.state) }
    return payment
  }

  /// Takes an event that was verified, with the bytes it came in. Throws only when it can't be kept.
  package func receive(_ event: PaymentEvent, body: [UInt8]) async throws(PaymentError) -> EventOutcome {
    if event.livemode != livemode {
      logger.notice("an event about \(event.livemode ? "real" : "test") money is ignored", metadata: event.metadata)
      return .ignored
    }
    guard event.intent != nil, Self.eventTypes.contains(event.type) else {
      logger.info("an event that concerns no payment is ignored", metadata: event.metadata)
      return .ignored
    }
    let digest = SHA256.hash(body)
    switch try await kept({ () async throws(StoreError) in
      try await ports.store.insert(event, digest: digest, now: now())
    }) {
    case .conflicting:
      alarm(PaymentAlarm(.conflictingEvent, payment: nil, "the event \(event.id) came again with another body"))
      return .conflicting
    case .repeated(isFinished: true): return .repeated
    case .repeated(isFinished: false), .inserted: return await process(event)
    }
  }

  /// Does what a kept event hints at.
  func process(_ event: PaymentEvent) async -> EventOutcome {
    do throws(PaymentError) {
      var outcome = EventOutcome.processed
      if let account = event.account {
        alarm(PaymentAlarm(.wrongAccount, payment: nil, "the event \(event.id) is from the account \(account)"))
        outcome = .ignored
      } else if let intent = event.intent {
        outcome = try await look(at: intent)
      }
      try await kept { () async throws(StoreError) in try await ports.store.finish(event: event.id) }
      return outcome
    } catch {
      logger.warning("an event waits for the reconciler: \(error)", metadata: event.metadata)
      return .deferred
    }
  }

  /// Reads an intent, and takes the payment it belongs to as far as it can go.
  func look(at id: String) async throws(PaymentError) -> EventOutcome {
    if let payment = try await kept({ () async throws(StoreError) in
      try await ports.store.payment(intent: id)
    }) {
      _ = try await change(payment.id, reading: id)
      return .processed
    }
    let intent: PaymentIntent
    do throws(ProviderError) {
      intent = try await ports.provider.intent(id)
    } catch {
      // What isn't there never will be.
      if error.code == .notFound { return .ignored }
      throw .unavailable("the intent can't be read: \(error)")
    }
    guard let name = intent.metadata["payment"] else { return .ignored }
    let origin = mark.origin(of: intent)
    if origin != .foreign, let payment = Identifier(name), try await change(payment, reading: id) != nil {
      return .processed
    }
    if origin != .ours {
      note(foreign: id)
      return .ignored
    }
    if intent.status == .succeeded {
      alarm(PaymentAlarm(.unknownPayment, payment: nil, "the intent \(id) was paid for '\(name)', which isn't known"))
    }
    return .ignored
  }

  /// Counts an intent that isn't this ledger's; the first one is logged.
  func note(foreign id: String) {
    guard foreign.note(id) else { return }
    logger.info(
      "another ledger or program takes payments on this account; its intents are counted, and not logged again",
      metadata: ["intent": "\(VisibleText.line(id))"])
  }

  /// Takes a payment as far as it can go, after reading the intent `reading`; nil when there is no such payment.
  @discardableResult
  func change(
    _ id: Identifier, reading intent: String? = nil, wish: PaymentStep.Wish = .proceed
  ) async throws(PaymentError) -> Payment? {
    try await inTurn(id) { () async throws(PaymentError) in
      guard let payment = try await self.payment(id) else { return nil }
      var course = Course(payment: payment, wish: wish)
      if let intent { try await read(intent, &course) }
      try await advance(&course)
      return course.payment
    }
  }

  /// Runs `body` when nobody else works on the payment, here or on another host that shares the store. When the payment
  /// is changed all the same, `body` runs again on what it is then.
  private func inTurn<Value: Sendable>(
    _ payment: Identifier, _ body: () async throws(PaymentError) -> Value
  ) async throws(PaymentError) -> Value {
    try await turns.take(payment) { () async throws(PaymentError) in
      try await claim(payment)
      do throws(PaymentError) {
        let value = try await runAgain(body)
        await release(payment)
        return value
      } catch {
        await release(payment)
        throw error
      }
    }
  }

  private func runAgain<Value>(
    _ body: () async throws(PaymentError) -> Value
  ) async throws(PaymentError) -> Value {
    for _ in 1..<PaymentClaims.attempts {
      do throws(PaymentError) {
        return try await body()
      } catch .overtaken {
        continue
      }
    }
    return try await body()
  }

  /// Waits for a moment until the payment is claimed. Throws when another host keeps it.
  private func claim(_ payment: Identifier) async throws(PaymentError) {
    for attempt in 0...PaymentClaims.waits {
      let claim = WorkClaim(owner: owner, until: now() + PaymentClaims.lifeMilliseconds)
      let isOurs = try await kept { () async throws(StoreError) in
        try await ports.store.claim(.payment(payment), for: claim, at: now())
      }
      if isOurs { return }
      if attempt < PaymentClaims.waits { try? await Task.sleep(for: PaymentClaims.pause) }
    }
    throw .unavailable("another host works on the payment; ask again with the same key")
  }

  /// Lets another host claim the payment at once; if that can't be said, the claim ends by itself.
  private func release(_ payment: Identifier) async {
    do throws(StoreError) {
      try await ports.store.release(.payment(payment), by: owner)
    } catch {
      logger.warning("a claim on a payment ends by itself: \(error)")
    }
  }

  /// Runs `body`; what keeps payments from being kept goes to the log.
  func kept<Value>(
    _ body: () async throws(StoreError) -> Value
  ) async throws(PaymentError) -> Value {
    do throws(StoreError) {
      return try await body()
    } catch {
      if error.code == .conflict { throw .overtaken }
      logger.error("payments can't be kept: \(error)")
      throw .unavailable("payments can't be kept; the server's log says why")
    }
  }
}

extension DecisionFailure {
  /// A failure that was kept with its payment.
  fileprivate init(_ failure: LuaFailure, of payment: Identifier) {
    self.init(failure, id: payment, generation: 0)
  }
}

extension PaymentEvent {
  fileprivate var metadata: Logger.Metadata { ["event": "\(id)", "type": "\(type)", "intent": "\(intent ?? "none")"] }
}
