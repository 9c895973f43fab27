internal import Core
internal import Ledger
internal import LuaRuntime

/// Answers what a spec asks: `decide`, by a machine of its own with a fake host, and `cases`, which were read with the
/// rulebook.
final class SpecHost: HostCallHandler {
  /// The host calls beside those of rules.
  static let extraHostCalls = ["spec.decide", "spec.cases"]
  /// The file whose specs ask.
  var file: RulebookPath?
  private let runner: DecisionRunner
  /// Notes that are kept of one spec: a property makes a hundred decisions.
  private static let mostNotes = 20
  private var changed: ChangedPolicies
  private var notes: [String] = []

  /// A host that decides by `runner`, whose rulebook is `plain` but for what it counts.
  init(runner: DecisionRunner, plain: CheckedRulebook) {
    self.runner = runner
    changed = ChangedPolicies(plain: plain)
  }

  /// What rules noted since this was asked last.
  func takeNotes() -> [String] {
    defer { notes = [] }
    return notes
  }

  /// What ran in decisions so far, where that is counted.
  var hits: RunHits { runner.hits + changed.hits }

  func answer(call: Int, arguments: [UInt8]) -> HostAnswer {
    let arguments = (try? JSON(parsing: arguments))?.array ?? []
    switch call - HostCallName.allCases.count {
    case 0: return decide(arguments)
    case 1: return cases(arguments.first?.string ?? "")
    default: return .failure(.forbidden, "a spec reaches the host through decide(point, input, fakes) only")
    }
  }

  private func cases(_ name: String) -> HostAnswer {
    guard let file else { return Self.problem("cases: no spec runs") }
    do throws(RulebookError) {
      return .value(try runner.rulebook.cases(named: name, for: file).answer)
    } catch {
      return Self.problem(error.message)
    }
  }

  private func decide(_ arguments: [JSON]) -> HostAnswer {
    guard arguments.count == 4, let point = arguments[0].string
    else { return .failure(.runtime, "decide takes a decision's name, its input and fakes") }
    let runner: DecisionRunner
    do throws(RulebookRejected) {
      runner = try changed.runner(self.runner, changes: arguments[3])
    } catch {
      return Self.problem("with_policy: \(error.errors.first?.message ?? "the rulebook doesn't load")")
    }
    let fakes: Fakes
    do throws(FakesError) {
      fakes = try Fakes(json: arguments[2])
    } catch {
      return Self.problem("decide: \(error.message)")
    }
    let schema = runner.rulebook.decision(named: point)?.input
    let input = schema?.settingEmptyTables(arguments[1]) ?? arguments[1]
    let answer = runner.decide(point, input: input.bytes, fakes: Self.withClock(fakes))
    notes += answer.notes.prefix(Self.mostNotes - notes.count)
    switch answer.result {
    case .success(let result):
      let effects = JSON.array(answer.effects.map(\.call.effectJSON))
      let ids = JSON.array(answer.effects.map { .string($0.id.description) })
      let rest = ",\"effects\":\(effects.text),\"ids\":\(ids.text)}"
      return .value(Array(#"{"ok":true,"result":"#.utf8) + result + Array(rest.utf8))
    case .failure(let failure):
      if let problem = Self.undeclared(failure, runner.rulebook.decision(named: point)) { return Self.problem(problem) }
      let reason = failure.reason.map { failure.message.contains($0) ? "" : " (\($0))" } ?? ""
      let isRefusal = failure.code == .refused
      return Self.problem(
        failure.message + reason + (isRefusal ? Self.place(of: failure) : ""),
        code: isRefusal ? failure.reason : nil, failure.code)
    }
  }

  /// Where a rule asked for what was refused, when that is known: the message begins with the spec's own place.
  private static func place(of failure: LuaFailure) -> String {
    guard let file = failure.file, let line = failure.line else { return "" }
    return ", asked for in \(file):\(line)"
  }

  /// What is wrong with a refusal that a decision doesn't declare, unless it is the ledger's.
  private static func undeclared(_ failure: LuaFailure, _ decision: DecisionDefinition?) -> String? {
    guard failure.code == .refused, let decision, let declared = decision.refusals else { return nil }
    let code = failure.reason ?? ""
    if RefusalReason(rawValue: code) != nil || HostRefusal(rawValue: code) != nil { return nil }
    if declared.contains(where: { $0.code.isSame(as: code) }) { return nil }
    return "\(decision.name) refuses as '\(code)', which its 'refusals' doesn't name; add it there"
  }

  /// `code` is what a refusal calls itself, or else what kind of failure it is.
  private static func problem(
    _ message: String, code: String? = nil, _ kind: DecisionErrorCode = .runtime
  ) -> HostAnswer {
    let answer: JSON = ["ok": false, "message": .string(message), "code": .string(code ?? kind.rawValue)]
    return .value(answer.bytes)
  }

  /// The clock stands at 0 in a spec that doesn't set it: the same spec always says the same.
  private static func withClock(_ fakes: Fakes) -> Fakes {
    var fakes = fakes
    fakes.nowMilliseconds = fakes.nowMilliseconds ?? 0
    return fakes
  }
}
