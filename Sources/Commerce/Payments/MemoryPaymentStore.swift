package import Core
internal import Synchronization

/// Payments that end with the process: for tests.
package final class MemoryPaymentStore: PaymentStore {
  private struct Event {
    var event: PaymentEvent
    var digest: [UInt8]
    var received: Int64
    var isFinished = false
  }

  private struct State {
    var payments: [Identifier: Payment] = [:]
    var unfinished: Set<Identifier> = []
    var intents: [ExactText: Identifier] = [:]
    var quotes: [Identifier: Identifier] = [:]
    var events: [ExactText: Event] = [:]
    var waitingEvents: Set<ExactText> = []
    var credits: [Identifier: QueuedCredit] = [:]
    var waitingCredits: Set<Identifier> = []
  }

  private let state = Mutex(State())

  /// Without payments.
  package init() {}

  /// Every payment by id. O(payments · log payments).
  package var payments: [Payment] { state.withLock { $0.payments.values.sorted { $0.id < $1.id } } }

  /// Every credit by id. O(credits · log credits).
  package var credits: [QueuedCredit] {
    state.withLock { $0.credits.values.sorted { $0.credit.id < $1.credit.id } }
  }

  /// See ``PaymentStore/insert(_:)``.
  package func insert(_ payment: Payment) async throws(PaymentStoreError) -> PaymentInsertion {
    state.withLock { state in
      if let earlier = state.payments[payment.id] { return .exists(earlier) }
      if let quote = payment.order.quote {
        if state.quotes[quote] != nil { return .quoteUsed }
        state.quotes[quote] = payment.id
      }
      var payment = payment
      payment.othersOpen = state.unfinished.count { state.payments[$0]?.citizen.isSame(as: payment.citizen) == true }
      state.payments[payment.id] = payment
      if payment.isUnfinished { state.unfinished.insert(payment.id) }
      return .inserted(payment)
    }
  }

  /// See ``PaymentStore/update(_:credit:)``.
  package func update(_ payment: Payment, credit: DucatCredit?) async throws(PaymentStoreError) {
    state.withLock { state in
      state.payments[payment.id] = payment
      if payment.isUnfinished {
        state.unfinished.insert(payment.id)
      } else {
        state.unfinished.remove(payment.id)
      }
      if let intent = payment.intent { state.intents[intent] = payment.id }
      if payment.state == .refused, let quote = payment.order.quote { state.quotes[quote] = nil }
      if let credit, state.credits[credit.id] == nil {
        state.credits[credit.id] = QueuedCredit(credit, due: payment.updated)
        state.waitingCredits.insert(credit.id)
      }
    }
  }

  /// See ``PaymentStore/payment(_:)``.
  package func payment(_ id: Identifier) async throws(PaymentStoreError) -> Payment? {
    state.withLock { $0.payments[id] }
  }

  /// See ``PaymentStore/payment(intent:)``.
  package func payment(intent: String) async throws(PaymentStoreError) -> Payment? {
    state.withLock { state in state.intents[intent].flatMap { state.payments[$0] } }
  }

  /// See ``PaymentStore/unfinished(until:after:limit:)``. O(unfinished · log unfinished).
  package func unfinished(
    until time: Int64, after id: Identifier?, limit: Int
  ) async throws(PaymentStoreError) -> [Payment] {
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
  ) async throws(PaymentStoreError) -> EventInsertion {
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
  package func finish(event id: String) async throws(PaymentStoreError) {
    state.withLock { state in
      state.events[ExactText(id)]?.isFinished = true
      state.waitingEvents.remove(ExactText(id))
    }
  }

  /// See ``PaymentStore/unfinishedEvents(until:after:limit:)``. O(unfinished · log unfinished).
  package func unfinishedEvents(
    until time: Int64, after id: String?, limit: Int
  ) async throws(PaymentStoreError) -> [PaymentEvent] {
    state.withLock { state in
      let waiting = state.waitingEvents.filter { $0 > ExactText(id ?? "") }.compactMap { state.events[$0] }
      return Array(
        waiting.filter { $0.received <= time }.map(\.event).sorted { ExactText($0.id) < ExactText($1.id) }.prefix(limit)
      )
    }
  }

  /// See ``PaymentStore/dueCredits(at:limit:)``. O(waiting · log waiting).
  package func dueCredits(at time: Int64, limit: Int) async throws(PaymentStoreError) -> [QueuedCredit] {
    state.withLock { state in
      let due = state.waitingCredits.compactMap { state.credits[$0] }.filter { $0.due <= time }
      return Array(due.sorted { ($0.due, $0.credit.id) < ($1.due, $1.credit.id) }.prefix(limit))
    }
  }

  /// See ``PaymentStore/update(_:)``.
  package func update(_ credit: QueuedCredit) async throws(PaymentStoreError) {
    state.withLock { state in
      state.credits[credit.credit.id] = credit
      if credit.state != .waiting { state.waitingCredits.remove(credit.credit.id) }
    }
  }
}
