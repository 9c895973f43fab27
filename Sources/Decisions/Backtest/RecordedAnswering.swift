package import Core
internal import LuaRuntime
internal import Rulebook

/// A host call of a candidate's run that nobody made when the decision was recorded.
package struct UnansweredCall: Sendable, Equatable, CustomStringConvertible {
  /// Its name: `ledger.balance`; empty when the run ended before any.
  package var call: String
  /// What it is given, an array.
  package var arguments: JSON

  /// The call as people read it: `ledger.balance["citizen:anna"]`
  package var description: String { call + arguments.text }

  /// The account whose balance is asked for; nil for any other call.
  var account: AccountName? {
    guard call == HostCallName.balance.rawValue, arguments.array?.count == 1 else { return nil }
    return arguments.array?.first?.string.flatMap { AccountName($0) }
  }
}

/// Answers the host calls of another rulebook's run from what was recorded.
///
/// A call with the same name and arguments gets its recorded answer, in their order; asked once more, the last of them,
/// since nothing that a decision intends is in what it reads. What a rule intends is noted as in service. A call
/// that nobody recorded ends the run: what the host would have said is unknown.
final class RecordedAnswering: HostCallHandler {
  private struct Key: Hashable {
    var call: String
    var arguments: [UInt8]
  }

  /// The call that nobody can answer.
  private(set) var unanswered: UnansweredCall?
  /// The run made more calls than a record may hold.
  private(set) var isExhausted = false
  /// What the run intends.
  private(set) var effects: PlannedEffects
  private let decision: DecisionDefinition
  private let holds: [Identifier: HeldMoney]
  private let nowMilliseconds: Int64
  private var answers: [Key: [HostAnswer]] = [:]
  private var count = 0

  /// Answers a run of `decision` on `question`. O(calls).
  init(_ question: RecordedQuestion, decision: DecisionDefinition) {
    self.decision = decision
    holds = question.holds
    nowMilliseconds = question.record.nowMilliseconds ?? question.record.timeMilliseconds
    effects = PlannedEffects(of: decision, id: question.record.id)
    for call in question.asOf + question.record.calls.reversed() {
      answers[Key(call: call.call, arguments: call.arguments.bytes), default: []].append(call.hostAnswer)
    }
  }

  /// The answer to a call by its number. O(arguments).
  func answer(call number: Int, arguments: [UInt8]) -> HostAnswer {
    guard let name = HostCallName(number: number), decision.uses.contains(name) else {
      let problem = HostCallProblem.undeclared(by: decision.name)
      return .failure(problem.code, problem.message)
    }
    count += 1
    if count > EffectLimits().calls {
      isExhausted = true
      return .failure(.memoryExhausted, "the record of its host calls is full")
    }
    let given = RecordedCall.kept(arguments)
    let recorded = recorded(Key(call: name.rawValue, arguments: given.bytes))
    if case .failure = recorded, let recorded { return recorded }
    do throws(HostCallProblem) {
      let call = try HostCall(name, given.array ?? [])
      switch call {
      case .balance, .graph: return recorded ?? unknown(name, given)
      case .take(let request):
        guard let recorded else { return unknown(name, given) }
        try effects.take(request, now: nowMilliseconds)
        return recorded
      case .sign(let request):
        return .value(JSON.string(PlannedToken.placeholder(try effects.add(token: request))).bytes)
      case .post, .hold, .settle, .void:
        let id = try effects.add(call) { [holds] hold in holds[hold].map { .keeps($0.from) } ?? .absent }
        return id.map { .value((["id": .string($0.description)] as JSON).bytes) } ?? unknown(name, given)
      }
    } catch {
      return .failure(error.code, error.message)
    }
  }

  private func recorded(_ key: Key) -> HostAnswer? {
    guard var rest = answers[key], let next = rest.popLast() else { return nil }
    if !rest.isEmpty { answers[key] = rest }
    return next
  }

  private func unknown(_ name: HostCallName, _ arguments: JSON) -> HostAnswer {
    unanswered = UnansweredCall(call: name.rawValue, arguments: arguments)
    return .fetch
  }
}
