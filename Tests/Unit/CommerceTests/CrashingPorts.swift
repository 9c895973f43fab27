import Commerce
import Core
import Decisions
import Ledger
import LuaRuntime
import Synchronization

/// Where a process dies: before or after an effect on the outside, as `isFatal` decides. From then on nothing that it
/// does has an effect.
final class Life: Sendable {
  private struct State {
    var isOver = false
    var passed = 0
  }

  private let state = Mutex(State())
  private let isFatal: @Sendable (_ point: Int) -> Bool

  /// A life that ends at the first point, counted from 0, for which `isFatal` holds.
  init(isFatal: @escaping @Sendable (_ point: Int) -> Bool = { _ in false }) { self.isFatal = isFatal }

  var isOver: Bool { state.withLock { $0.isOver } }
  var passedPoints: Int { state.withLock { $0.passed } }

  /// Runs `effect`, unless the process is dead or dies before it; nil also when it dies after it.
  func run<Value: Sendable>(_ effect: () async -> Value) async -> Value? {
    guard survives() else { return nil }
    let value = await effect()
    return survives() ? value : nil
  }

  private func survives() -> Bool {
    let point: Int? = state.withLock { state in
      if state.isOver { return nil }
      defer { state.passed += 1 }
      return state.passed
    }
    guard let point else { return false }
    if isFatal(point) {
      state.withLock { $0.isOver = true }
      return false
    }
    return true
  }
}

/// The rules as a process that may die asks them.
struct MortalDecisions: Decisions {
  let life: Life
  let base: any Decisions

  func decide(_ question: Question) async throws(DecisionFailure) -> Decided {
    let answer: Result<Decided, DecisionFailure>? = await life.run {
      do throws(DecisionFailure) {
        return .success(try await base.decide(question))
      } catch {
        return .failure(error)
      }
    }
    guard let answer else { throw .unavailable("dead") }
    return try answer.get()
  }
}

/// The provider as a process that may die asks it.
struct MortalProvider: PaymentProvider {
  let life: Life
  let base: any PaymentProvider

  private func run<Value: Sendable>(
    _ call: () async throws(ProviderError) -> Value
  ) async throws(ProviderError) -> Value {
    let result: Result<Value, ProviderError>? = await life.run {
      do throws(ProviderError) { return .success(try await call()) } catch { return .failure(error) }
    }
    guard let result else { throw ProviderError(.outcomeUnknown, "dead") }
    return try result.get()
  }

  func createIntent(
    _ request: PaymentIntentRequest, idempotencyKey: Identifier
  ) async throws(ProviderError) -> PaymentIntent {
    try await run { () async throws(ProviderError) in
      try await base.createIntent(request, idempotencyKey: idempotencyKey)
    }
  }

  func intent(_ id: String) async throws(ProviderError) -> PaymentIntent {
    try await run { () async throws(ProviderError) in try await base.intent(id) }
  }

  func cancelIntent(_ id: String) async throws(ProviderError) -> PaymentIntent {
    try await run { () async throws(ProviderError) in try await base.cancelIntent(id) }
  }

  func refund(
    _ id: String, amount: Int64?, idempotencyKey: Identifier
  ) async throws(ProviderError) -> PaymentRefund {
    try await run { () async throws(ProviderError) in
      try await base.refund(id, amount: amount, idempotencyKey: idempotencyKey)
    }
  }

  func intents(
    payment: Identifier, created: ClosedRange<Int64>
  ) async throws(ProviderError) -> [PaymentIntent] {
    try await run { () async throws(ProviderError) in try await base.intents(payment: payment, created: created) }
  }

  func listIntents(
    createdSince: Int64, after: String?, limit: Int
  ) async throws(ProviderError) -> PaymentIntentPage {
    try await run { () async throws(ProviderError) in
      try await base.listIntents(createdSince: createdSince, after: after, limit: limit)
    }
  }
}

/// The store as a process that may die uses it. Reading has no effect and no point to die at.
struct MortalStore: PaymentStore {
  let life: Life
  let base: any PaymentStore
  /// Whether it finds every claim free, as after a claim is over: then only revisions keep hosts apart.
  var isCareless = false

  private func write<Value: Sendable>(
    _ change: () async throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    let result: Result<Value, StoreError>? = await life.run {
      do throws(StoreError) { return .success(try await change()) } catch { return .failure(error) }
    }
    guard let result else { throw StoreError(.io, "dead") }
    return try result.get()
  }

  private func checkAlive() throws(StoreError) {
    if life.isOver { throw StoreError(.io, "dead") }
  }

  func insert(_ payment: Payment) async throws(StoreError) -> PaymentInsertion {
    try await write { () async throws(StoreError) in try await base.insert(payment) }
  }

  func update(
    _ payment: Payment, ifRevision revision: Int64, credit: DucatCredit?
  ) async throws(StoreError) -> Payment {
    try await write { () async throws(StoreError) in
      try await base.update(payment, ifRevision: revision, credit: credit)
    }
  }

  func payment(_ id: Identifier) async throws(StoreError) -> Payment? {
    try checkAlive()
    return try await base.payment(id)
  }

  func payment(intent: String) async throws(StoreError) -> Payment? {
    try checkAlive()
    return try await base.payment(intent: intent)
  }

  func payments(before id: Identifier?, limit: Int) async throws(StoreError) -> [Payment] {
    try checkAlive()
    return try await base.payments(before: id, limit: limit)
  }

  func unfinished(
    until time: Int64, after id: Identifier?, limit: Int
  ) async throws(StoreError) -> [Payment] {
    try checkAlive()
    return try await base.unfinished(until: time, after: id, limit: limit)
  }

  func insert(
    _ event: PaymentEvent, digest: [UInt8], now: Int64
  ) async throws(StoreError) -> EventInsertion {
    try await write { () async throws(StoreError) in
      try await base.insert(event, digest: digest, now: now)
    }
  }

  func finish(event id: String) async throws(StoreError) {
    try await write { () async throws(StoreError) in try await base.finish(event: id) }
  }

  func unfinishedEvents(
    until time: Int64, after id: String?, limit: Int
  ) async throws(StoreError) -> [PaymentEvent] {
    try checkAlive()
    return try await base.unfinishedEvents(until: time, after: id, limit: limit)
  }

  func claimDueCredits(
    at time: Int64, limit: Int, for claim: WorkClaim
  ) async throws(StoreError) -> [QueuedCredit] {
    try checkAlive()
    return try await base.claimDueCredits(at: time, limit: limit, for: claim)
  }

  func waitingCredits() async throws(StoreError) -> WaitingCredits {
    try checkAlive()
    return try await base.waitingCredits()
  }

  func claim(_ work: PaymentWork, for claim: WorkClaim, at time: Int64) async throws(StoreError) -> Bool {
    try checkAlive()
    return try await base.claim(work, for: claim, at: time) || isCareless
  }

  func release(_ work: PaymentWork, by owner: Identifier) async throws(StoreError) {
    try checkAlive()
    try await base.release(work, by: owner)
  }

  func update(_ credit: QueuedCredit) async throws(StoreError) {
    try await write { () async throws(StoreError) in try await base.update(credit) }
  }
}

/// Venice as a process that may die tells it.
struct MortalSender: DucatSender {
  let life: Life
  let base: any DucatSender

  func send(_ credit: DucatCredit) async throws(DucatSenderError) -> DucatReceipt {
    let result: Result<DucatReceipt, DucatSenderError>? = await life.run {
      do throws(DucatSenderError) { return .success(try await base.send(credit)) } catch { return .failure(error) }
    }
    guard let result else { throw DucatSenderError(.unavailable, "dead") }
    return try result.get()
  }
}
