internal import Core
package import LuaRuntime
package import Rulebook

/// Runs recorded questions by one rulebook. Makes its machines when they are first needed. Confined to one thread with
/// the stack of ``ThreadStack/minimum``.
package struct HistoryMachine {
  /// What running by another rulebook than that of the record came to.
  package enum Verdict: Sendable, Equatable {
    case run(HistoryRun)
    /// The rulebook has no such decision.
    case noDecision
    /// It asks the host for this, which nobody recorded.
    case unknown(UnansweredCall)
    /// It can't be run.
    case impossible(String)
  }

  /// The rulebook that decides.
  package let rulebook: CheckedRulebook
  private var machine: VirtualMachine?
  private var tracer: VirtualMachine?
  private var loading = Trace()
  private var watcher: VirtualMachine?

  /// Makes machines of `rulebook` when they are needed.
  package init(_ rulebook: CheckedRulebook) { self.rulebook = rulebook }

  /// Runs `question` as its own rulebook did: the record's own run, or why it isn't that any more.
  package mutating func control(_ question: RecordedQuestion) -> Result<HistoryRun, HistoryReason> {
    let record = question.record
    switch RecordedRun.replay(record, by: rulebook, on: &machine).verdict {
    case .differs(let reason), .impossible(let reason): return .failure(HistoryReason(text: reason))
    case .same: return .success(recorded(question))
    }
  }

  /// The run that the record tells of. Its intents follow from its calls. O(calls).
  private func recorded(_ question: RecordedQuestion) -> HistoryRun {
    let record = question.record
    var run: HistoryRun
    if let failure = record.failure {
      run = HistoryRun(failure: failure, fuel: record.fuel)
    } else {
      run = HistoryRun(.answered(record.result ?? .null), fuel: record.fuel)
    }
    guard let decision = rulebook.decision(named: record.point), record.result != nil else { return run }
    let answering = RecordedAnswering(question, decision: decision)
    for call in record.calls {
      guard let name = HostCallName(rawValue: call.call) else { continue }
      _ = answering.answer(call: name.number, arguments: call.arguments.bytes)
    }
    (run.intents, run.tokens) = (answering.effects.list, answering.effects.tokens)
    return run
  }

  /// Runs `question` with what it was answered then.
  package mutating func run(_ question: RecordedQuestion) -> Verdict {
    let ready: VirtualMachine
    do throws(LuaFailure) {
      if let machine { ready = machine } else { ready = try rulebook.makeMachine(isPatient: true) }
    } catch {
      return .impossible("no machine can be made: \(error.message)")
    }
    let (verdict, isSpent) = run(question, on: ready)
    machine = isSpent ? nil : ready
    return verdict
  }

  /// A run that was followed, in the machine that did until it runs again.
  package struct Path {
    /// What loading the rulebook did.
    package let loading: Trace
    fileprivate let machine: VirtualMachine

    /// The bytes that are the same for runs that did the same. O(bytes).
    package var form: TraceForm { machine.traceForm }

    /// What was done on the way, which the machine forgets. O(events).
    package func take() -> Trace { machine.takeTrace() }

    /// Has the machine forget it.
    package func drop() { machine.dropTrace() }
  }

  /// The same with all that is done on the way. Nil when no machine can be made.
  package mutating func follow(_ question: RecordedQuestion) -> Path? {
    if tracer == nil {
      tracer = try? rulebook.makeMachine(trace: .path)
      loading = tracer?.takeTrace() ?? Trace()
    }
    guard let ready = tracer else { return nil }
    ready.dropTrace()
    let (_, isSpent) = run(question, on: ready)
    if isSpent { tracer = nil }
    return Path(loading: loading, machine: ready)
  }

  /// Runs `question` once on a machine that takes everything down.
  package func watch(_ question: RecordedQuestion) -> (Verdict, Trace) {
    do throws(LuaFailure) {
      let watched = try rulebook.makeMachine(trace: .all)
      _ = watched.takeTrace()
      let (verdict, _) = run(question, on: watched)
      return (verdict, watched.takeTrace())
    } catch {
      return (.impossible("no machine can be made: \(error.message)"), Trace())
    }
  }

  /// Runs `question` as ``watch(_:)`` does, with the fields that are read, and again for each look: around the place
  /// where the line number `line` of the run begins, with an expression evaluated in one of its frames.
  mutating func look(
    _ question: RecordedQuestion, atLine line: Int = 0, evaluating expression: String? = nil, inFrame frame: Int = 0
  ) throws(LuaFailure) -> (Verdict, Trace) {
    let watched: VirtualMachine
    if let watcher { watched = watcher } else { watched = try rulebook.makeMachine(trace: .all, isPatient: true) }
    watcher = nil
    _ = watched.takeTrace()
    watched.takeFields()
    watched.look(atLine: line, evaluating: expression, inFrame: frame)
    let (verdict, isSpent) = run(question, on: watched)
    let trace = watched.takeTrace()
    if !isSpent { watcher = watched }
    return (verdict, trace)
  }

  private func run(_ question: RecordedQuestion, on machine: VirtualMachine) -> (Verdict, isSpent: Bool) {
    let record = question.record
    guard let number = rulebook.number(of: record.point) else { return (.noDecision, false) }
    let decision = rulebook.decisions[number]
    let answering = RecordedAnswering(question, decision: decision)
    // What is as costly as it was then has enough.
    let most = max(decision.runLimits.fuel, record.fuel)
    let request = RunRequest(
      decision: number, isEnveloped: record.unread == .body,
      nowMilliseconds: record.nowMilliseconds ?? record.timeMilliseconds, id: record.id,
      limits: RunLimits(fuel: most).untimed)
    let sent = record.sent
    let outcome = sent.withUnsafeBytes { machine.decide(request, input: $0, handler: answering) }
    let fuel = outcome.cost.fuel
    switch outcome.ending {
    case .fetch:
      return (answering.unanswered.map { .unknown($0) } ?? .impossible("it asks the host"), outcome.isSpent)
    case .failure(let failure):
      return (
        .run(HistoryRun(failure: answering.isExhausted ? failure.ofHostCalls : failure, fuel: fuel)), outcome.isSpent
      )
    case .result(let bytes):
      guard let result = try? JSON(parsing: Array(bytes), limits: RecordLimits.parsing) else {
        let failure = LuaFailure(code: .invalidOutput, message: "the result can't be read")
        return (.run(HistoryRun(failure: failure, fuel: fuel)), outcome.isSpent)
      }
      if let refusal = answering.effects.list.refusalOfUnknownHold {
        return (.run(HistoryRun(failure: refusal, fuel: fuel)), outcome.isSpent)
      }
      var run = HistoryRun(.answered(result), fuel: fuel)
      (run.intents, run.tokens) = (answering.effects.list, answering.effects.tokens)
      return (.run(run), outcome.isSpent)
    }
  }
}

/// Why a record can't be held against anything.
package struct HistoryReason: Error, Sendable, Equatable {
  /// The reason, as one sentence.
  package var text: String

  package init(text: String) { self.text = text }
}
