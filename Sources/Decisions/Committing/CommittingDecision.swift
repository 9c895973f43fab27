internal import Core
internal import Ledger
internal import LuaRuntime
internal import Rulebook
internal import Tokens

/// One decision with effects on its way: does what its ``CommitCourse`` says, and keeps what is known meanwhile.
struct CommittingDecision: Sendable {
  private let question: Question
  private let generation: Generation
  private let decisions: CommittingDecisions
  private let deadline: ContinuousClock.Instant
  /// The record as it begins: what is known before the rule has run.
  private let blank: RecordedDecision
  /// The course so far.
  private var course: CommitCourse

  /// A decision on `question` by `generation`.
  init(_ question: Question, by generation: Generation, in decisions: CommittingDecisions) {
    self.question = question
    self.generation = generation
    self.decisions = decisions
    deadline = .now + decisions.limits.deadline
    course = CommitCourse(fetchLimit: decisions.limits.fetches)
    var identifiers = IdentifierGenerator()
    var record = RecordedDecision(
      id: question.key ?? identifiers.next(), point: question.point, generation: generation.number,
      digest: generation.digest, input: .null)
    record.requester = question.requester
    record.trace = question.trace
    record.request = question.request
    record.timeMilliseconds = WallClock.milliseconds()
    blank = record
  }

  /// How a decision ended.
  enum Outcome: Sendable {
    case answered(Result<Decided, DecisionFailure>)
    /// Nothing was done, as another generation decides by now, this one.
    case overtaken(by: Int)
  }

  /// Runs and commits until there is an answer.
  consuming func make() async throws(StoreError) -> Outcome {
    var record = blank
    var (bytes, unreadable): ([UInt8], LuaFailure?) = ([], nil)
    switch question.input {
    case .value(let input): (record.input, bytes) = (input, input.bytes)
    case .sent(let body):
      bytes = body
      do throws(LuaFailure) {
        record.input = try Self.input(body)
      } catch {
        record.input = .string(String(decoding: body, as: UTF8.self))
        record.unread = .body
        unreadable = error
      }
    }
    guard let number = generation.number(of: question.point) else {
      let message = "no plugin offers '\(question.point)'"
      return .answered(try await log(DecisionDraft(record), LuaFailure(code: .unknownDecision, message: message)))
    }
    if let unreadable { return .answered(try await log(DecisionDraft(record), unreadable)) }
    record.subject = record.input.subject(generation.decisions[number].subjectField)
    // Answer a repeat first: the rule might say something else now, and the ledger may refuse writes.
    if question.key != nil, let earlier = try await decisions.store.record(blank.id) {
      return .answered(repeated(earlier, record.input))
    }
    let run = DecisionRun(
      generation: generation, number: number, id: record.id, input: bytes, isEnveloped: question.input.isSent,
      limits: decisions.limits)
    return try await make(run, record)
  }

  /// The bare input out of `{"input":…}`.
  static func input(_ body: [UInt8]) throws(LuaFailure) -> JSON {
    do throws(JSON.ParsingError) {
      let envelope = try JSON(parsing: body, limits: RecordLimits.parsing)
      if envelope.object?.members.count == 1, let input = envelope["input"] { return input }
    } catch {
      throw LuaFailure(code: .invalidInput, message: "the body is no JSON: \(error)")
    }
    throw LuaFailure(code: .invalidInput, message: #"the body must be {"input":…}"#)
  }

  /// Follows the course from the first run on.
  private consuming func make(
    _ first: DecisionRun, _ record: RecordedDecision
  ) async throws(StoreError) -> Outcome {
    var (run, draft, action) = (first, DecisionDraft(record), CommitCourse.Action.run)
    while true {
      let event: CommitCourse.Event
      switch action {
      case .run:
        draft = DecisionDraft(record, await decisions.threads.run(run), question.booking)
        event = .ran(draft.ending)
      case .runBeforeWriter: (draft, event) = try await runBeforeWriter(run, record, draft.reads)
      case .fetch(let missing):
        try await fetch(missing, for: &run)
        event = .fetched
      case .commit: event = try await commit(&draft)
      case .commitFailure(let failure):
        draft.fail(failure)
        event = try await commit(&draft)
      case .log(let failure): return .answered(try await log(draft, failure))
      case .answer: return .answered(answer(draft))
      case .answerRepeat(let earlier): return .answered(repeated(earlier, draft.record.input))
      case .decideAgain(let generation): return .overtaken(by: generation)
      }
      if case .conflicted = event {
        // What was fetched may be stale; the next run fetches it again.
        (run.held, run.holds) = ([:], [:])
      }
      action = course.next(after: event)
    }
  }

  private func fetch(_ missing: MissingAnswer, for run: inout DecisionRun) async throws(StoreError) {
    switch missing {
    case .account(let account): run.held[account] = CachedBalance(try await decisions.store.account(account))
    case .hold(let hold): run.holds[hold] = KnownHold(try await decisions.store.entry(hold))
    }
  }

  // MARK: The ledger

  /// Commits what was intended and booked, or the failure's record alone.
  private func commit(_ draft: inout DecisionDraft) async throws(StoreError) -> CommitCourse.Event {
    var accounts: [AccountName: Account] = [:]
    for name in draft.bookedAccounts { accounts[name] = try await decisions.store.account(name) }
    let limit = decisions.limits.recordBytes
    guard let submission = draft.submission(accounts, limit: limit) else { return .committed(.tooLarge(limit: limit)) }
    return event(of: try await decisions.store.commit(submission).receipt, &draft)
  }

  /// Runs the rule and commits while the writer waits: what it reads can't change before it is committed.
  private func runBeforeWriter(
    _ run: DecisionRun, _ record: RecordedDecision, _ reads: [BalanceRead]
  ) async throws(StoreError) -> (DecisionDraft, CommitCourse.Event) {
    let turn = WritersTurn(run, record, reads, question.booking, course, decisions.threads)
    let late = LateSubmission { (look) throws(StoreError) in try turn.submission(look) }
    let receipt = try await decisions.store.commit(late)?.receipt
    var (draft, event) = turn.outcome
    if let receipt { event = self.event(of: receipt, &draft) }
    return (draft, event)
  }

  private func event(of receipt: Receipt, _ draft: inout DecisionDraft) -> CommitCourse.Event {
    switch receipt {
    case .repeated(let earlier): return .committed(.repeated(earlier))
    case .overtaken(let generation): return .committed(.overtaken(by: Int(generation)))
    case .conflict(let accounts): return .conflicted(accounts, isLate: ContinuousClock.now >= deadline)
    case .results(let results):
      guard let refused = draft.refusal(results) else { return .committed(.done) }
      draft.noteRefusal()
      return .committed(.refused(refused))
    }
  }

  // MARK: Answers

  private func answer(_ draft: DecisionDraft) -> Result<Decided, DecisionFailure> {
    if let failure = DecisionFailure(draft.record) { return .failure(failure) }
    return minted(draft.record, draft.printed ?? JSON.null.bytes, isRepeat: false)
  }

  /// Signs the tokens that the rule asked for and puts them in place of their placeholders.
  private func minted(
    _ record: RecordedDecision, _ printed: [UInt8], isRepeat: Bool
  ) -> Result<Decided, DecisionFailure> {
    do throws(TokenError) {
      let told = try record.result(printed, minting: decisions.tokens)
      return .success(Decided(id: record.id, generation: record.generation, printed: told, isRepeat: isRepeat))
    } catch {
      return .failure(
        .unavailable("it is decided, but its tokens can't be signed now; ask again under the same key"))
    }
  }

  /// Returns the first answer under the key; fails when the question was another one.
  private func repeated(_ bytes: [UInt8], _ input: JSON) -> Result<Decided, DecisionFailure> {
    guard let record = RecordedDecision(bytes: bytes) else {
      return .failure(.unavailable("the record of \(blank.id) can't be read", retrySeconds: nil))
    }
    guard record.point == question.point, input.sorted.bytes == record.input.sorted.bytes else {
      return .failure(.keyReused(blank.id))
    }
    if let failure = DecisionFailure(record, isRepeat: true) { return .failure(failure) }
    return minted(record, record.printedResult ?? JSON.null.bytes, isRepeat: true)
  }

  /// Logs a failure that binds no key; when the key is bound already, returns the recorded answer instead.
  private func log(
    _ draft: DecisionDraft, _ failure: LuaFailure
  ) async throws(StoreError) -> Result<Decided, DecisionFailure> {
    if question.key != nil, let earlier = try await decisions.store.record(blank.id) {
      return draft.record.unread == nil ? repeated(earlier, draft.record.input) : .failure(.keyReused(blank.id))
    }
    let record = draft.logged(failure)
    guard await decisions.observer(record) else {
      return .failure(.unavailable(LaneRecorder.problem))
    }
    return .failure(
      DecisionFailure(
        failure, id: record.id, generation: record.generation,
        cost: RunCost(fuel: record.fuel, nanoseconds: record.nanoseconds)))
  }
}

extension Question.Input {
  fileprivate var isSent: Bool { if case .sent = self { true } else { false } }
}

extension JSON {
  /// The text of this member, when it is short enough to be a subject.
  fileprivate func subject(_ field: String) -> String? {
    self[field]?.string.flatMap { $0.utf8.count <= RecordLimits.subjectBytes ? $0 : nil }
  }

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
