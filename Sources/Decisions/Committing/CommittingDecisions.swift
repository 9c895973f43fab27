package import Core
package import Ledger
package import LuaRuntime
package import Rulebook
internal import Synchronization

/// Makes decisions with effects, many at once: runs the rule, commits what it intends together with the record, and
/// answers; or leaves nothing but the record of the failure.
///
/// What one decision read and another changed meanwhile makes it run again, see ``CommitCourse``; the ledger, which
/// commits many decisions at once, compares the versions of what was read. A decision without effects can be made here
/// too, and is then recorded in the ledger.
///
/// A key is bound to what was decided under it, and two who ask at once get one answer. Failures that say nothing about
/// the question (`conflict`, `deadline`, `memory_exhausted`) or that happen before it is asked (`invalid_input`,
/// `unknown_decision`) bind no key, so the same key may be tried again; the observer keeps them, not the ledger.
package final class CommittingDecisions: Decisions {
  /// Logs a failure that the ledger doesn't keep; returns false when it can't be logged now.
  package typealias Observer = @Sendable (RecordedDecision) async -> Bool

  private struct State {
    /// Decisions that wait or run.
    var underWay = 0
    var isStopping = false
    var whenIdle: [CheckedContinuation<Void, Never>] = []
  }

  let store: any LedgerStore
  let threads: MachineThreads
  let limits: EffectLimits
  let observer: Observer
  let tokens: any TokenPort
  private let generation: @Sendable () -> Generation
  private let state = Mutex(State())
  private let counted = Mutex(LaneStatistics())

  /// Decides by the generation that `generation` gives at the beginning of each decision, and commits to `store`, which
  /// is asked for every account that a rule reads. `reader` answers the calls of the graph. Throws when threads can't
  /// have the stack they need.
  package convenience init(
    store: any LedgerStore, reader: any HostCallHandler & Sendable, tokens: any TokenPort = NoTokens(),
    limits: EffectLimits = EffectLimits(), generation: @escaping @Sendable () -> Generation,
    observer: @escaping Observer = { _ in true }
  ) throws(LuaFailure) {
    try self.init(store, nil, reader, tokens, limits, generation, HostCallSights(), observer)
  }

  /// The same over a ledger whose balances are in memory: no account needs to be fetched before a rule reads it. Each
  /// host call is noted in `sights`.
  package convenience init(
    ledger: LedgerProjection, reader: any HostCallHandler & Sendable, tokens: any TokenPort = NoTokens(),
    limits: EffectLimits = EffectLimits(), generation: @escaping @Sendable () -> Generation,
    sights: HostCallSights = HostCallSights(), observer: @escaping Observer = { _ in true }
  ) throws(LuaFailure) {
    try self.init(ledger, ledger.balances, reader, tokens, limits, generation, sights, observer)
  }

  private init(
    _ store: any LedgerStore, _ balances: BalanceCache?, _ reader: any HostCallHandler & Sendable,
    _ tokens: any TokenPort, _ limits: EffectLimits, _ generation: @escaping @Sendable () -> Generation,
    _ sights: HostCallSights, _ observer: @escaping Observer
  ) throws(LuaFailure) {
    self.store = store
    self.limits = limits
    self.generation = generation
    self.observer = observer
    self.tokens = tokens
    threads = try MachineThreads(limits.threads, balances: balances, reader: reader, tokens: tokens, sights: sights)
  }

  /// Decisions that wait or run.
  package var underWay: Int { state.withLock { $0.underWay } }

  /// What was counted since the first decision: how each ended and how long it took until it was committed. The answer
  /// to a repeated key isn't counted again, and neither is what the host couldn't take up; fuel isn't counted here.
  package var statistics: LaneStatistics { counted.withLock { $0 } }

  /// Waits until every decision under way is made, and ends the threads; what is asked from now on is `unavailable`.
  /// Again is harmless.
  package func stop() async {
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state in
        state.isStopping = true
        if state.underWay > 0 { state.whenIdle.append(continuation) }
        return state.underWay == 0
      }
      if isIdle { continuation.resume() }
    }
    await threads.stop()
  }

  /// Decides; see ``Decisions/decide(_:)``. At most ``EffectLimits/waiting`` are under way at once.
  package func decide(_ question: Question) async throws(DecisionFailure) -> Decided {
    try begin()
    // The decision runs to its end even when the caller is gone, so a repeat of the key gets the answer.
    let task = Task {
      let answer = await self.answer(question)
      self.end()
      return answer
    }
    return try await task.value.get()
  }

  private func begin() throws(DecisionFailure) {
    let problem: String? = state.withLock { state in
      if state.isStopping { return "the host is stopping" }
      if state.underWay >= limits.waiting {
        return "\(limits.waiting) decisions with effects wait already; try again"
      }
      state.underWay += 1
      return nil
    }
    if let problem { throw .unavailable(problem) }
  }

  private func end() {
    let idle = state.withLock { state in
      state.underWay -= 1
      if state.underWay > 0 { return [CheckedContinuation<Void, Never>]() }
      defer { state.whenIdle = [] }
      return state.whenIdle
    }
    for continuation in idle { continuation.resume() }
  }

  private func answer(_ question: Question) async -> Result<Decided, DecisionFailure> {
    let started = ContinuousClock.now
    let deadline = started + limits.deadline
    while true {
      let generation = generation()
      if let wanted = question.generation, wanted != generation.number {
        return .failure(.ofAnotherGeneration(generation.number, wanted: wanted))
      }
      let outcome: CommittingDecision.Outcome
      do throws(StoreError) {
        outcome = try await CommittingDecision(question, by: generation, in: self).make()
      } catch {
        return .failure(.unavailable(error.message))
      }
      switch outcome {
      case .answered(let answer):
        count(answer, to: question.point, by: generation, since: started)
        return answer
      case .overtaken(let newer):
        // This host gets it any moment, and then the question is put to it.
        guard await decides(otherThan: generation.number, before: deadline) else {
          return .failure(.unavailable("generation \(newer) decides, which this host doesn't have yet; try again"))
        }
      }
    }
  }

  private func count(
    _ answer: Result<Decided, DecisionFailure>, to point: String, by generation: Generation,
    since started: ContinuousClock.Instant
  ) {
    var code: DecisionErrorCode?
    switch answer {
    case .success(let decided): if decided.isRepeat { return }
    case .failure(let failed):
      guard let failure = failed.failure, failed.run?.isRepeat == false else { return }
      code = failure.code
    }
    let nanoseconds = UInt64(max(0, started.duration(to: .now) / .nanoseconds(1)))
    // Whoever makes up names makes up no counters.
    let isOffered = generation.number(of: point) != nil
    counted.withLock { $0.count(nanoseconds: nanoseconds, code: code, of: isOffered ? point : nil) }
  }

  /// Waits until another generation decides here; false when none does in time.
  private func decides(otherThan number: Int, before deadline: ContinuousClock.Instant) async -> Bool {
    while generation().number == number {
      if ContinuousClock.now >= deadline || state.withLock({ $0.isStopping }) { return false }
      try? await Task.sleep(for: EffectLimits.generationLook)
    }
    return true
  }
}
