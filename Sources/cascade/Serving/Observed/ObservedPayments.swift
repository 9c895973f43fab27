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

  func insert(_ payment: Payment) async throws(StoreError) -> PaymentInsertion {
    let insertion = try await observed { () async throws(StoreError) in try await payments.insert(payment) }
    if case .inserted(let kept) = insertion { steps.tell(kept) }
    return insertion
  }

  func update(
    _ payment: Payment, ifRevision revision: Int64, credit: DucatCredit?
  ) async throws(StoreError) -> Payment {
    let kept = try await observed { () async throws(StoreError) in
      try await payments.update(payment, ifRevision: revision, credit: credit)
    }
    steps.tell(kept)
    return kept
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

/// Who hears of payments that moved on: set once there is somebody, after the stores were opened.
final class PaymentSteps: Sendable {
  private let listener = Mutex<(@Sendable (Payment) -> Void)?>(nil)

  /// Has `body` told of each step from now on. It must not wait.
  func whenTold(_ body: @escaping @Sendable (Payment) -> Void) { listener.withLock { $0 = body } }

  func tell(_ payment: Payment) { listener.withLock { $0 }?(payment) }
}
