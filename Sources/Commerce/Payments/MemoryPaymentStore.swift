package import Core
internal import Synchronization

/// Payments that end with the process: for tests.
package final class MemoryPaymentStore: PaymentStore {
  fileprivate struct Event {
    var event: PaymentEvent
    var digest: [UInt8]
    var received: Int64
    var isFinished = false
  }

  fileprivate struct State {
    var payments: [Identifier: Payment] = [:]
    var unfinished: Set<Identifier> = []
    var intents: [ExactText: Identifier] = [:]
    var quotes: [Identifier: Identifier] = [:]
    var events: [ExactText: Event] = [:]
    var waitingEvents: Set<ExactText> = []
    var credits: [Identifier: QueuedCredit] = [:]
    var creditClaims: [Identifier: WorkClaim] = [:]
    var claims: [PaymentWork: WorkClaim] = [:]
    var waitingCredits: Set<Identifier> = []
  }

  private let state = Mutex(State())

  /// Lets go of every claim, as a store does whose only process has ended.
  package func endClaims() {
    state.withLock { state in
      state.claims = [:]
      state.creditClaims = [:]
    }
  }

  package init() {}

  /// Every payment by id. O(payments · log payments).
  package var payments: [Payment] { state.withLock { $0.payments.values.sorted { $0.id < $1.id } } }

  /// Every credit by id. O(credits · log credits).
  package var credits: [QueuedCredit] {
    state.withLock { $0.credits.values.sorted { $0.credit.id < $1.credit.id } }
  }

  /// See ``PaymentStore/insert(_:)``.
  package func insert(_ payment: Payment) async throws(StoreError) -> PaymentInsertion {
    state.withLock { state in
      if let earlier = state.payments[payment.id] { return .exists(earlier) }
      if let quote = payment.order.quote {
        if state.quotes[quote] != nil { return .quoteUsed }
        state.quotes[quote] = payment.id
      }
      var payment = payment
      payment.revision = 1
      payment.othersOpen = state.unfinished.count { state.payments[$0]?.citizen.isSame(as: payment.citizen) == true }
      state.payments[payment.id] = payment
      if payment.isUnfinished { state.unfinished.insert(payment.id) }
      return .inserted(payment)
    }
  }

  /// See ``PaymentStore/update(_:ifRevision:credit:)``.
  package func update(
    _ payment: Payment, ifRevision revision: Int64, credit: DucatCredit?
  ) async throws(StoreError) -> Payment {
    let kept = state.withLock { state -> Payment? in
      guard state.payments[payment.id]?.revision == revision else { return nil }
      var payment = payment
      payment.revision = revision + 1
      state.keep(payment)
      if let credit, state.credits[credit.id] == nil {
        state.credits[credit.id] = QueuedCredit(credit, due: payment.updated)
        state.waitingCredits.insert(credit.id)
      }
      return payment
    }
    guard let kept else { throw .changedMeanwhile(payment) }
    return kept
  }

  /// See ``PaymentStore/payment(_:)``.
  package func payment(_ id: Identifier) async throws(StoreError) -> Payment? {
    state.withLock { $0.payments[id] }
  }

  /// See ``PaymentStore/payment(intent:)``.
  package func payment(intent: String) async throws(StoreError) -> Payment? {
    state.withLock { state in state.intents[intent].flatMap { state.payments[$0] } }
  }

  /// See ``PaymentStore/payments(before:limit:)``. O(payments · log payments).
  package func payments(before id: Identifier?, limit: Int) async throws(StoreError) -> [Payment] {
    state.withLock { state in
      let ids = state.payments.keys.filter { candidate in id.map { candidate < $0 } ?? true }
      return ids.sorted(by: >).prefix(limit).compactMap { state.payments[$0] }
    }
  }

  /// See ``PaymentStore/unfinished(until:after:limit:)``. O(unfinished · log unfinished).
  package func unfinished(
    until time: Int64, after id: Identifier?, limit: Int
  ) async throws(StoreError) -> [Payment] {
    state.withLock { state in
      var found: [Payment] = []
      for candidate in state.unfinished.sorted() where id.map({ $0 < candidate }) ?? true {
        guard let payment = state.payments[candidate], payment.updated <= time else { continue }
        if found.count == limit { break }
        found.append(payment)
      }
      return found
    }
  }

  /// See ``PaymentStore/insert(_:digest:now:)``.
  package func insert(
    _ event: PaymentEvent, digest: [UInt8], now: Int64
  ) async throws(StoreError) -> EventInsertion {
    state.withLock { state in
      if let known = state.events[event.id] {
        return known.digest == digest ? .repeated(isFinished: known.isFinished) : .conflicting
      }
      state.events[event.id] = Event(event: event, digest: digest, received: now)
      state.waitingEvents.insert(ExactText(event.id))
      return .inserted
    }
  }

  /// See ``PaymentStore/finish(event:)``.
  package func finish(event id: String) async throws(StoreError) {
    state.withLock { state in
      state.events[ExactText(id)]?.isFinished = true
      state.waitingEvents.remove(ExactText(id))
    }
  }

  /// See ``PaymentStore/unfinishedEvents(until:after:limit:)``. O(unfinished · log unfinished).
  package func unfinishedEvents(
    until time: Int64, after id: String?, limit: Int
  ) async throws(StoreError) -> [PaymentEvent] {
    state.withLock { state in
      let waiting = state.waitingEvents.filter { $0 > ExactText(id ?? "") }.compactMap { state.events[$0] }
      return Array(
        waiting.filter { $0.received <= time }.map(\.event).sorted { ExactText($0.id) < ExactText($1.id) }.prefix(limit)
      )
    }
  }

  /// See ``PaymentStore/claimDueCredits(at:limit:for:)``. O(waiting · log waiting).
  package func claimDueCredits(
    at time: Int64, limit: Int, for claim: WorkClaim
  ) async throws(StoreError) -> [QueuedCredit] {
    state.withLock { state in
      let due = state.waitingCredits.compactMap { state.credits[$0] }.filter { queued in
        queued.due <= time && state.creditClaims[queued.credit.id].isFree(for: claim.owner, at: time)
      }
      let claimed = due.sorted { ($0.due, $0.credit.id) < ($1.due, $1.credit.id) }.prefix(limit)
      for queued in claimed { state.creditClaims[queued.credit.id] = claim }
      return Array(claimed)
    }
  }

  /// See ``PaymentStore/update(_:)``.
  package func update(_ credit: QueuedCredit) async throws(StoreError) {
    state.withLock { state in
      state.credits[credit.credit.id] = credit
      state.creditClaims[credit.credit.id] = nil
      if credit.state != .waiting { state.waitingCredits.remove(credit.credit.id) }
    }
  }

  /// See ``PaymentStore/waitingCredits()``.
  package func waitingCredits() async throws(StoreError) -> WaitingCredits {
    state.withLock { state in
      WaitingCredits(
        count: state.waitingCredits.count, oldestMilliseconds: state.waitingCredits.map(\.milliseconds).min())
    }
  }

  /// See ``PaymentStore/claim(_:for:at:)``.
  package func claim(_ work: PaymentWork, for claim: WorkClaim, at time: Int64) async throws(StoreError) -> Bool {
    state.withLock { state in
      guard state.claims[work].isFree(for: claim.owner, at: time) else { return false }
      state.claims[work] = claim
      return true
    }
  }

  /// See ``PaymentStore/release(_:by:)``.
  package func release(_ work: PaymentWork, by owner: Identifier) async throws(StoreError) {
    state.withLock { state in
      if state.claims[work]?.owner == owner { state.claims[work] = nil }
    }
  }
}

extension MemoryPaymentStore.State {
  /// Puts a payment in the place of what it was. A refused one lets go of its quote.
  fileprivate mutating func keep(_ payment: Payment) {
    payments[payment.id] = payment
    if payment.isUnfinished { unfinished.insert(payment.id) } else { unfinished.remove(payment.id) }
    if let intent = payment.intent { intents[intent] = payment.id }
    if payment.state == .refused, let quote = payment.order.quote { quotes[quote] = nil }
  }
}

extension WorkClaim? {
  /// Whether `owner` may claim what this is the claim on.
  fileprivate func isFree(for owner: Identifier, at time: Int64) -> Bool {
    map { $0.owner == owner || $0.until <= time } ?? true
  }
}
