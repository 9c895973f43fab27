internal import Core
package import Ledger
package import LuaRuntime
package import Rulebook
internal import Synchronization

/// Makes decisions with effects, one after the other: runs the rule, commits what it intends together with the record,
/// and answers; or leaves nothing but the record of the failure.
///
/// A key is bound to what was decided under it. Failures that say nothing about the question (`conflict`, `deadline`,
/// `memory_exhausted`) or that happen before it is asked (`invalid_input`, `unknown_decision`) bind no key, so the same
/// key may be tried again; they are handed to the observer instead of the ledger.
package final class EffectfulDecisions: EffectfulDeciding {
  /// Keeps every failure that is not kept in the ledger; false when it can't now.
  package typealias Observer = @Sendable (RecordedDecision) async -> Bool

  private struct State {
    var waiting = 0
    /// The last decision that was begun: the next one waits for it.
    var tail: Task<EffectfulReply, Never>?
  }

  private let store: any LedgerStore
  private let thread: EffectThread
  private let limits: EffectLimits
  private let generation: @Sendable () -> Generation?
  private let observer: Observer
  private let tokens: any TokenIntentPort
  private let state = Mutex(State())

  /// Decides by the generation that `generation` gives at the beginning of each decision, and commits to `store`.
  ///
  /// With `balances`, which must be kept up with the store, no account needs to be fetched before it is read.
  /// `reader` answers the calls of the graph. Throws when the thread can't have the stack it needs.
  package init(
    store: any LedgerStore, balances: LedgerBalances?, reader: any HostCallHandler & Sendable,
    tokens: any TokenIntentPort = NoTokens(), limits: EffectLimits = EffectLimits(),
    generation: @escaping @Sendable () -> Generation?, observer: @escaping Observer = { _ in true }
  ) throws(LuaFailure) {
    self.store = store
    self.limits = limits
    self.generation = generation
    self.observer = observer
    self.tokens = tokens
    thread = try EffectThread(balances: balances, reader: reader, tokens: tokens)
  }

  /// Ends the thread; decide nothing afterwards.
  package func stop() async { await thread.stop() }

  /// Decisions that wait or run.
  package var waiting: Int { state.withLock { $0.waiting } }

  /// Decides; see ``EffectfulDeciding/decide(_:)``. At most ``EffectLimits/waiting`` wait their turn.
  package func decide(_ request: EffectfulRequest) async -> EffectfulReply {
    let task: Task<EffectfulReply, Never>? = state.withLock { state in
      if state.waiting >= limits.waiting { return nil }
      state.waiting += 1
      let before = state.tail
      let task = Task {
        _ = await before?.value
        return await self.decideInTurn(request)
      }
      state.tail = task
      return task
    }
    guard let task else { return .unavailable("\(limits.waiting) decisions with effects wait already; try again") }
    let reply = await task.value
    state.withLock { $0.waiting -= 1 }
    return reply
  }

  private func decideInTurn(_ request: EffectfulRequest) async -> EffectfulReply {
    do throws(StoreError) {
      if let earlier = try await store.record(request.key) { return repeated(earlier, request) }
      let generation = generation()
      var record = RecordedDecision(
        id: request.key, point: request.point, generation: generation?.number ?? 0, digest: generation?.digest ?? "",
        input: .null)
      record.requester = request.requester
      record.timeMilliseconds = IdentifierGenerator.nowMilliseconds()
      guard let generation, let number = generation.number(of: request.point) else {
        let message = "no plugin offers '\(request.point)'"
        return await fail(&record, LuaFailure(code: .unknownDecision, message: message))
      }
      do throws(LuaFailure) {
        record.input = try EffectfulRequest.input(request.body)
      } catch {
        record.input = .string(String(decoding: request.body, as: UTF8.self))
        record.unread = .body
        return await fail(&record, error)
      }
      let run = EffectRun(
        generation: generation, decision: generation.decisions[number], number: number, id: request.key,
        input: record.input.bytes, limits: limits)
      return try await decide(run, record, request)
    } catch {
      return .unavailable(error.message)
    }
  }

  /// Runs until everything it reads is held and nothing it read has changed, and commits.
  private func decide(
    _ first: EffectRun, _ blank: RecordedDecision, _ request: EffectfulRequest
  ) async throws(StoreError) -> EffectfulReply {
    var (run, fetches, conflicts) = (first, 0, 0)
    while true {
      let result = await thread.run(run)
      var record = blank
      record.note(result)
      if case .fetch(let missing) = result.ending {
        fetches += 1
        if fetches > limits.fetches {
          record.failure = .notHeld(
            "the rule asks for more than \(limits.fetches) accounts and holds that the host doesn't hold")
          return try await commitFailure(record, request)
        }
        switch missing {
        case .account(let account): run.held[account] = HeldAccount(try await store.account(account))
        case .hold(let hold): run.holds[hold] = KnownHold(try await store.entry(hold))
        }
        continue
      }
      if let failure = record.failure, !failure.code.bindsKey { return await fail(&record, failure) }
      if record.failure == nil, let refused = refusedSettlement(in: result.intents) {
        // Not left to the ledger: who knows whose money a hold keeps that comes only now.
        record.failure = refused
        return try await commitFailure(record, request)
      }
      let booked: [LedgerEvent]
      do throws(HostBookingError) {
        booked = try await hostEvents(record, request)
      } catch {
        guard let failure = error.failure else { return .unavailable("the ledger can't be read now; try again") }
        record.failure = failure
        return try await commitFailure(record, request)
      }
      let events = record.failure == nil ? booked + result.intents.map(\.event) : []
      record.effects = events.map(\.id)
      switch try await commit(record, events, result.reads, authority: booked.isEmpty ? .rule : .operator) {
      case nil: return await failTooLarge(record)
      case .repeated(let earlier): return repeated(earlier, request)
      case .results(let results):
        guard let refused = refusal(results, of: result.intents, after: booked) else { return reply(record) }
        record.failure = refused
        record.effects = []
        return try await commitFailure(record, request)
      case .conflict(let accounts):
        conflicts += 1
        if conflicts > limits.conflictReruns {
          let names = accounts.map(\.text).joined(separator: ", ")
          let message = "\(names) changed each of the \(conflicts) times this was decided; try again"
          record.effects = []
          return await fail(&record, LuaFailure(code: .conflict, message: message))
        }
        // What was held may be stale too; a run again may fetch as often as the first.
        (run.held, run.holds) = ([:], [:])
        fetches = 0
        for account in accounts { run.held[account] = HeldAccount(try await store.account(account)) }
      }
    }
  }

  /// What the host books beside the rule. A rule's own intents never debit `world`, which the journal refuses, so an
  /// operator's authority for the chain is the host's alone.
  private func hostEvents(
    _ record: RecordedDecision, _ request: EffectfulRequest
  ) async throws(HostBookingError) -> [LedgerEvent] {
    guard let booking = request.booking, let result = record.result, record.failure == nil else { return [] }
    return try await booking.events(result)
  }

  /// Nil when the record is larger than a ledger takes; then nothing was committed.
  private func commit(
    _ record: RecordedDecision, _ events: [LedgerEvent], _ reads: [BalanceRead], authority: Authority = .rule
  ) async throws(StoreError) -> Receipt? {
    let kept = DecisionRecord(id: record.id, bytes: record.json.bytes)
    if kept.bytes.count > limits.recordBytes { return nil }
    return try await store.commit(events, record: kept, reads: reads, authority: authority)
  }

  private func commitFailure(
    _ record: RecordedDecision, _ request: EffectfulRequest
  ) async throws(StoreError) -> EffectfulReply {
    switch try await commit(record, [], []) {
    case nil: return await failTooLarge(record)
    case .repeated(let earlier): return repeated(earlier, request)
    default: return reply(record)
    }
  }

  /// The failure of a decision whose record is too large; it is recorded without what makes it so.
  private func failTooLarge(_ record: RecordedDecision) async -> EffectfulReply {
    var bare = record
    (bare.calls, bare.result, bare.effects) = ([], nil, [])
    return await fail(&bare, .recordTooLarge(limits.recordBytes))
  }

  /// A failure that binds no key.
  private func fail(_ record: inout RecordedDecision, _ failure: LuaFailure) async -> EffectfulReply {
    record.failure = failure
    guard await observer(record) else { return .unavailable("the log of records is full; try again") }
    return reply(record)
  }

  private func refusal(
    _ results: [EventResult], of intents: [EffectIntent], after booked: [LedgerEvent]
  ) -> LuaFailure? {
    guard let place = results.firstIndex(where: { $0.status == .refused && $0.reason != .linkedEventFailed }),
      let reason = results[place].reason
    else { return nil }
    let first = (reason == .idAlreadyFailed ? results[place].firstReason : nil) ?? reason
    if place < booked.count {
      let message = "the ledger refused what the host books, \(place + 1) of \(booked.count): \(first.rawValue)"
      return LuaFailure(code: .refused, message: message, reason: first.rawValue)
    }
    return refusal(of: place - booked.count, in: intents, first)
  }

  private func refusedSettlement(in intents: [EffectIntent]) -> LuaFailure? {
    intents.firstIndex { $0.event.from == nil }.map { refusal(of: $0, in: intents, .pendingNotFound) }
  }

  private func refusal(of place: Int, in intents: [EffectIntent], _ reason: RefusalReason) -> LuaFailure {
    let intent = place < intents.count ? intents[place] : nil
    var message = "the ledger refused \(intent?.call ?? "a transfer") \(place + 1) of \(intents.count)"
    if let from = intent?.event.from, let to = intent?.event.to { message += ", \(from) → \(to)" }
    if let hold = intent?.event.pendingID { message += ", of the hold \(hold)" }
    return LuaFailure(code: .refused, message: "\(message): \(reason.rawValue)", reason: reason.rawValue)
  }

  // MARK: Answers

  private func reply(_ record: RecordedDecision, isRepeat: Bool = false) -> EffectfulReply {
    if let failed = FailedDecision(record) { return .failed(failed, isRepeat: isRepeat) }
    do throws(TokenIntentError) {
      return .decided(try record.answer(minting: tokens), isRepeat: isRepeat)
    } catch {
      return .unavailable("it is decided, but its tokens can't be signed now; ask again under the same key")
    }
  }

  private func repeated(_ bytes: [UInt8], _ request: EffectfulRequest) -> EffectfulReply {
    guard let record = RecordedDecision(bytes: bytes) else {
      return .unavailable("the record of \(request.key) can't be read")
    }
    guard record.point == request.point, let input = try? EffectfulRequest.input(request.body),
      input.sorted.bytes == record.input.sorted.bytes
    else { return .keyReused("the key \(request.key) was used for another decision or another input") }
    return reply(record, isRepeat: true)
  }
}

extension DecisionErrorCode {
  /// Whether the same question under the same generation and balances fails so again.
  fileprivate var bindsKey: Bool {
    switch self {
    case .conflict, .deadline, .memoryExhausted, .invalidInput, .unknownDecision: false
    case .invalidOutput, .runtime, .fuelExhausted, .forbidden, .refused: true
    }
  }
}

extension RecordedDecision {
  fileprivate mutating func note(_ result: EffectRunResult) {
    calls = result.calls
    fuel = result.cost.fuel
    nanoseconds = result.cost.nanoseconds
    nowMilliseconds = result.nowMilliseconds
    switch result.ending {
    case .result(let json): self.result = json
    case .failure(let failure): self.failure = failure
    case .fetch: break
    }
  }
}

extension JSON {
  /// The same value with the members of every object sorted by name. O(size · log size).
  fileprivate var sorted: JSON {
    switch self {
    case .object(let object):
      let members = object.members.map { (name: $0.name, value: $0.value.sorted) }
      return .object(Object(sortedMembers: members.sorted { $0.name < $1.name }))
    case .array(let elements): return .array(elements.map(\.sorted))
    default: return self
    }
  }
}

extension JSON.Object {
  fileprivate init(sortedMembers members: [(name: String, value: JSON)]) {
    self.init()
    for member in members { append(member.name, member.value) }
  }
}
