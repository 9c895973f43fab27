import Commerce
import Core
import Observability
import Synchronization

/// Payments whose calls to the store are noted as theirs, and whose steps are told.
struct ObservedPayments: PaymentStore, ObservedStore {
  static let part = "payments"
  let payments: any PaymentStore
  let tally: CallTally
  /// Hears of every payment that came or moved on, once it is kept.
  let steps: PaymentSteps
  /// Tells other hosts that one did.
  let notices: any Notices

  func insert(_ payment: Payment) async throws(StoreError) -> PaymentInsertion {
    let insertion = try await observed { () async throws(StoreError) in try await payments.insert(payment) }
    if case .inserted(let kept) = insertion { await tell(kept) }
    return insertion
  }

  func update(
    _ payment: Payment, ifRevision revision: Int64, credit: DucatCredit?
  ) async throws(StoreError) -> Payment {
    let kept = try await observed { () async throws(StoreError) in
      try await payments.update(payment, ifRevision: revision, credit: credit)
    }
    await tell(kept)
    return kept
  }

  private func tell(_ kept: Payment) async {
    steps.tell(kept)
    await notices.tell(.payments)
  }

  func payment(_ id: Identifier) async throws(StoreError) -> Payment? {
    try await observed { () async throws(StoreError) in try await payments.payment(id) }
  }

  func payment(intent: String) async throws(StoreError) -> Payment? {
    try await observed { () async throws(StoreError) in try await payments.payment(intent: intent) }
  }

  func payments(before id: Identifier?, limit: Int) async throws(StoreError) -> [Payment] {
    try await observed { () async throws(StoreError) in try await payments.payments(before: id, limit: limit) }
  }

  func unfinished(until time: Int64, after id: Identifier?, limit: Int) async throws(StoreError) -> [Payment] {
    try await observed { () async throws(StoreError) in
      try await payments.unfinished(until: time, after: id, limit: limit)
    }
  }

  func insert(_ event: PaymentEvent, digest: [UInt8], now: Int64) async throws(StoreError) -> EventInsertion {
    try await observed { () async throws(StoreError) in try await payments.insert(event, digest: digest, now: now) }
  }

  func finish(event id: String) async throws(StoreError) {
    try await observed { () async throws(StoreError) in try await payments.finish(event: id) }
  }

  func unfinishedEvents(until time: Int64, after id: String?, limit: Int) async throws(StoreError) -> [PaymentEvent] {
    try await observed { () async throws(StoreError) in
      try await payments.unfinishedEvents(until: time, after: id, limit: limit)
    }
  }

  func claimDueCredits(at time: Int64, limit: Int, for claim: WorkClaim) async throws(StoreError) -> [QueuedCredit] {
    try await observed { () async throws(StoreError) in
      try await payments.claimDueCredits(at: time, limit: limit, for: claim)
    }
  }

  func update(_ credit: QueuedCredit) async throws(StoreError) {
    try await observed { () async throws(StoreError) in try await payments.update(credit) }
  }

  func claim(_ work: PaymentWork, for claim: WorkClaim, at time: Int64) async throws(StoreError) -> Bool {
    try await observed { () async throws(StoreError) in try await payments.claim(work, for: claim, at: time) }
  }

  func release(_ work: PaymentWork, by owner: Identifier) async throws(StoreError) {
    try await observed { () async throws(StoreError) in try await payments.release(work, by: owner) }
  }

  /// Asked by whoever watches the host, and not by payments.
  func waitingCredits() async throws(StoreError) -> WaitingCredits { try await payments.waitingCredits() }
}

/// The steps of payments as they are told: each once, and none after a later one, whether this host took it or found it
/// in the store.
final class PaymentSteps: Sendable {
  /// Who hears of them.
  let listeners = Listeners<Payment>()
  /// The revisions that were told of the last payments.
  private let told = Mutex(AgeingMap<Identifier, Int64>(limit: 10_000))

  /// Tells of a payment that came or moved on, unless that was told before.
  func tell(_ payment: Payment) {
    told.withLock { told in
      if payment.revision <= told[payment.id] ?? 0 { return }
      told[payment.id] = payment.revision
      listeners.tell(payment)
    }
  }
}
