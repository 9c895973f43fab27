internal import Core
internal import Ledger
internal import LuaRuntime

/// Answers what a spec asks: `decide`, by a machine of its own with a fake host, `explain` of the same, and `cases`,
/// which were read with the rulebook.
final class SpecHost: HostCallHandler {
  /// The host calls beside those of rules.
  static let extraHostCalls = ["spec.decide", "spec.cases", "spec.explain"]
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
    case 2: return explain(arguments)
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

  /// A decision that a spec asked for.
  private struct Made {
    var runner: DecisionRunner
    var decision: DecisionDefinition?
    var input: JSON
    var answer: DecisionRunner.Answer
  }

  /// What is wrong with what a spec asks.
  private struct Problem: Error { var answer: HostAnswer }

  /// Makes the decision that `word` asks for with its name, its input, fakes and changed policies.
  private func made(_ word: String, _ arguments: [JSON]) throws(Problem) -> Made {
    guard arguments.count >= 4, let point = arguments[0].string else {
      throw Problem(answer: .failure(.runtime, "\(word) takes a decision's name, its input and fakes"))
    }
    let runner: DecisionRunner
    do throws(RulebookRejected) {
      runner = try changed.runner(self.runner, changes: arguments[3])
    } catch {
      let text = error.errors.first?.message ?? "the rulebook doesn't load"
      throw Problem(answer: Self.problem("with_policy: \(text)"))
    }
    let fakes: Fakes
    do throws(UsageError) {
      fakes = try Fakes(json: arguments[2])
    } catch {
      throw Problem(answer: Self.problem("\(word): \(error.message)"))
    }
    let decision = runner.rulebook.decision(named: point)
    let input = decision?.input.settingEmptyTables(arguments[1]) ?? arguments[1]
    let answer = runner.decide(point, input: input.bytes, fakes: Self.withClock(fakes))
    notes += answer.notes.prefix(Self.mostNotes - notes.count)
    return Made(runner: runner, decision: decision, input: input, answer: answer)
  }

  private func decide(_ arguments: [JSON]) -> HostAnswer {
    do throws(Problem) {
      let made = try made("decide", arguments)
      switch made.answer.result {
      case .success(let result):
        let effects = JSON.array(made.answer.effects.map(\.call.effectJSON))
        let ids = JSON.array(made.answer.effects.map { .string($0.id.description) })
        let rest = ",\"effects\":\(effects.text),\"ids\":\(ids.text)}"
        return .value(Array(#"{"ok":true,"result":"#.utf8) + result + Array(rest.utf8))
      case .failure(let failure): return Self.problem(failure, of: made.decision)
      }
    } catch {
      return error.answer
    }
  }

  /// What the plugin says of a decision to a citizen, also of a refusal; a decision that failed is no answer.
  private func explain(_ arguments: [JSON]) -> HostAnswer {
    do throws(Problem) {
      let made = try made("explain", arguments)
      var (result, told) = (JSON?.none, JSON.null)
      switch made.answer.result {
      case .success(let bytes):
        result = try? JSON(parsing: bytes)
        told = result ?? .null
      case .failure(let failure):
        let isRefused = failure.code == .refused && Self.undeclared(failure, made.decision) == nil
        guard isRefused else { return Self.problem(failure, of: made.decision) }
        told = failure.answer
      }
      return Self.words(of: made, result, why: Self.why(told, arguments.dropFirst(4).first ?? .null))
    } catch {
      return error.answer
    }
  }

  private static func words(of made: Made, _ result: JSON?, why: JSON) -> HostAnswer {
    guard let decision = made.decision else { return problem("there is no such decision") }
    do throws(LuaFailure) {
      guard let words = try made.runner.words(of: decision, input: made.input, result: result, why: why) else {
        return problem("\(decision.name) has no 'explain'; write explain = function(input, result, why) return … end")
      }
      return .value((["ok": true, "words": .string(words)] as JSON).bytes)
    } catch {
      return problem(error.message, code: nil, error.code)
    }
  }

  /// What `explain` is told beside input and result: the answer, and what the spec gives of the rest.
  private static func why(_ answer: JSON, _ given: JSON) -> JSON {
    var why = JSON.Object([
      (name: "answer", value: answer), (name: "because", value: []), (name: "notes", value: []),
      (name: "policies", value: []), (name: "near_misses", value: []),
    ])
    for (name, value) in given.members ?? [] { why[name] = value }
    return .object(why)
  }

  private static func problem(_ failure: LuaFailure, of decision: DecisionDefinition?) -> HostAnswer {
    if let text = undeclared(failure, decision) { return problem(text) }
    let reason = failure.reason.map { failure.message.contains($0) ? "" : " (\($0))" } ?? ""
    let isRefusal = failure.code == .refused
    return problem(
      failure.message + reason + (isRefusal ? place(of: failure) : ""), code: isRefusal ? failure.reason : nil,
      failure.code)
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
