package import Core
package import LuaRuntime
package import Rulebook

/// Explains decisions by running them again and watching.
package enum Explainer {
  /// What is told; the raw values are the names on the wire.
  package enum View: String, Sendable, CaseIterable {
    /// What decided, and what nearly did.
    case why
    /// Every call, as a tree.
    case tree
    /// Every line that ran, with what it set.
    case lines
    /// What would have had to be different.
    case counter
  }

  /// Why a recorded decision came out as it did, by the rulebook it was made by. Throws why that can't be told: the run
  /// that is explained must be the one that is recorded. On a thread with the stack of machines; O(run · inputs) for
  /// ``View/counter``.
  package static func explain(
    _ question: RecordedQuestion, by rulebook: CheckedRulebook, as view: View
  ) throws(HistoryReason) -> Explanation {
    var machine = HistoryMachine(rulebook)
    let run = try machine.control(question).get()
    return try explain(question, run, &machine, as: view, record: question.record.id)
  }

  /// The same of a question that nobody recorded: `input` is the bare input, `host` answers host calls, and `holds` are
  /// those that it may settle. Throws what can't be told.
  package static func explain(
    _ point: String, input: JSON, answeredBy host: any HostCallHandler, nowMilliseconds: Int64, id: Identifier,
    holds: [Identifier: HeldMoney] = [:], by rulebook: CheckedRulebook, as view: View
  ) throws(HistoryReason) -> Explanation {
    let question = try question(
      point, input: input, answeredBy: host, nowMilliseconds: nowMilliseconds, id: id, holds: holds, by: rulebook)
    var machine = HistoryMachine(rulebook)
    switch machine.run(question) {
    case .run(let run): return try explain(question, run, &machine, as: view, record: nil)
    case .unknown(let call): throw HistoryReason(text: "it asks the host for \(call), and no answer is given")
    case .impossible(let why): throw HistoryReason(text: why)
    case .noDecision: throw HistoryReason(text: "the rulebook has no decision '\(point)'")
    }
  }

  /// A question that nobody recorded with the host calls of a first run, so that it can be run again: see
  /// ``explain(_:input:answeredBy:nowMilliseconds:id:holds:by:as:)``.
  package static func question(
    _ point: String, input: JSON, answeredBy host: any HostCallHandler, nowMilliseconds: Int64, id: Identifier,
    holds: [Identifier: HeldMoney] = [:], by rulebook: CheckedRulebook
  ) throws(HistoryReason) -> RecordedQuestion {
    guard let number = rulebook.number(of: point) else {
      throw HistoryReason(text: "the rulebook has no decision '\(point)'")
    }
    var record = RecordedDecision(id: id, point: point, generation: 0, digest: rulebook.digest, input: input)
    record.nowMilliseconds = nowMilliseconds
    record.calls = try calls(number, record, host, rulebook)
    return RecordedQuestion(record, holds: holds)
  }

  /// The host calls of a first run, with their answers.
  private static func calls(
    _ number: Int, _ record: RecordedDecision, _ host: any HostCallHandler, _ rulebook: CheckedRulebook
  ) throws(HistoryReason) -> [RecordedCall] {
    let noting = NotingCalls(host)
    do throws(LuaFailure) {
      let machine = try rulebook.makeMachine(isPatient: true)
      let request = RunRequest(
        decision: number, nowMilliseconds: record.nowMilliseconds, id: record.id,
        limits: RunLimits.withEffects.untimed)
      _ = record.input.bytes.withUnsafeBytes { machine.decide(request, input: $0, handler: noting) }
      return noting.calls
    } catch {
      throw HistoryReason(text: error.message)
    }
  }

  private static func explain(
    _ question: RecordedQuestion, _ run: HistoryRun, _ machine: inout HistoryMachine, as view: View,
    record: Identifier?
  ) throws(HistoryReason) -> Explanation {
    let (watched, trace) = machine.watch(question)
    guard case .run(let again) = watched, again.ending == run.ending || isTakenBack(run, again) else {
      throw HistoryReason(text: "the run that was watched came out otherwise, so it explains nothing")
    }
    let blank = Explanation(point: question.record.point, record: record, answer: run.json, fuel: run.fuel)
    var explanation = ExplanationReader.read(trace, machine.rulebook, into: blank)
    if view == .why { say(question, run, machine.rulebook, &explanation) }
    if view == .counter, question.record.unread == nil,
      let decision = machine.rulebook.decision(named: question.record.point)
    {
      let (constants, texts) = named(trace, machine.rulebook, given: question.record.input.texts)
      var asked = machine
      explanation.counterfactuals = CounterSearch.search(
        question.record.input, decision.input, again, constants: constants, texts: texts
      ) { input in
        var other = question
        other.record.input = input
        guard case .run(let run) = asked.run(other) else { return nil }
        return run
      }
    }
    return explanation
  }

  /// Lets the plugin say it in words to a citizen.
  private static func say(
    _ question: RecordedQuestion, _ run: HistoryRun, _ rulebook: CheckedRulebook, _ explanation: inout Explanation
  ) {
    guard question.record.unread == nil, let decision = rulebook.decision(named: question.record.point) else { return }
    var result: JSON?
    if case .answered(let answer) = run.ending { result = answer }
    do throws(LuaFailure) {
      explanation.words = try rulebook.words(
        of: decision, input: question.record.input, result: result, why: explanation.json(.why))
    } catch {
      explanation.wordsProblem = error.message
    }
  }

  /// The rule decided, and the ledger then refused its effects.
  private static func isTakenBack(_ recorded: HistoryRun, _ run: HistoryRun) -> Bool {
    guard case .answered = run.ending, case .refused = recorded.ending else { return false }
    return !recorded.intents.isEmpty
  }

  /// The numbers that a run compared with, and the texts of the policies that it read.
  private static func named(
    _ trace: Trace, _ rulebook: CheckedRulebook, given: Set<String>
  ) -> (numbers: [Double], texts: [String]) {
    var numbers: Set<Double> = []
    var files: Set<String> = []
    for event in trace.events {
      switch event.kind {
      case .compared(let comparison): numbers.formUnion([comparison.left, comparison.right].compactMap(\.number))
      case .read(let key, _), .entry(let key, _): files.insert(key.file)
      default: break
      }
    }
    // First what stands beside a key that the input itself gave.
    var texts: [String] = []
    var tables: [String: TableLines] = [:]
    for event in trace.events {
      guard case .read(let key, _) = event.kind, case .text(let last)? = key.keys.last, given.contains(last) else {
        continue
      }
      let table = tables[key.file] ?? TableLines(source: rulebook.snapshot.files[key.file] ?? [])
      tables[key.file] = table
      for text in table.siblings(of: key.keys) where !texts.contains(text) { texts.append(text) }
    }
    for file in files.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) where file.begins(with: "policies/") {
      for text in TableLines.words(source: rulebook.snapshot.files[file] ?? []) where !texts.contains(text) {
        texts.append(text)
      }
    }
    return (Array(numbers.sorted().prefix(200)), Array(texts.prefix(300)))
  }
}

extension JSON {
  /// Every text in it.
  fileprivate var texts: Set<String> {
    switch self {
    case .string(let text): [text]
    case .array(let elements): elements.reduce(into: []) { $0.formUnion($1.texts) }
    case .object(let object): object.members.reduce(into: []) { $0.formUnion($1.value.texts) }
    default: []
    }
  }
}

/// Passes host calls on and keeps them with their answers.
private final class NotingCalls: HostCallHandler {
  private(set) var calls: [RecordedCall] = []
  private let host: any HostCallHandler

  init(_ host: any HostCallHandler) { self.host = host.pinned() }

  func answer(call number: Int, arguments: [UInt8]) -> HostAnswer {
    let answer = host.answer(call: number, arguments: arguments)
    let name = HostCallName(number: number)?.rawValue ?? "?"
    if let call = RecordedCall(call: name, arguments: RecordedCall.kept(arguments), answer: answer) {
      calls.append(call)
    }
    return answer
  }
}
