package import Core
package import LuaRuntime

/// Makes single decisions by a rulebook with a fake host: for specs, `cascade eval` and `cascade bench`.
/// Confined to one thread.
package final class DecisionRunner {
  /// A decision that was made, or why not, and its cost.
  package struct Answer {
    /// The result as JSON, or the failure.
    package var result: Result<[UInt8], LuaFailure>
    /// What it cost; nil when it did not run.
    package var cost: RunCost?
    /// What it asked the host to do, in that order, each with the id that the rule was given.
    package var effects: [(call: HostCall, id: Identifier)]
    /// What the rule noted, as `file:line: why: value`; nothing unless the runner keeps notes.
    package var notes: [String] = []
  }

  /// The id of decisions that nobody gave one.
  package static let usualID = Identifier(high: 0, low: 1)

  /// What is decided by.
  package let rulebook: CheckedRulebook
  let countsLines: Bool
  let keepsNotes: Bool
  private var machine: VirtualMachine?
  private var counted = RunHits()

  /// A runner; its machine is made with the first decision.
  package init(rulebook: CheckedRulebook, countsLines: Bool = false, keepsNotes: Bool = false) {
    self.rulebook = rulebook
    self.keepsNotes = keepsNotes
    self.countsLines = countsLines
  }

  /// The number of the decision of this name. Throws `unknown_decision` with a suggestion.
  package func number(of decision: String) throws(LuaFailure) -> Int {
    if let number = rulebook.number(of: decision) { return number }
    let suggestion = NearestName.suggestion(for: decision, in: rulebook.decisions.map(\.name))
    throw LuaFailure(code: .unknownDecision, message: "unknown decision '\(decision)'" + suggestion)
  }

  /// Makes the decision named `point` for `input`, the bare input as JSON.
  ///
  /// The clock is the fakes'; without one it is the wall clock. `id` seeds `host.random`. What the decision intends
  /// is held against a ledger filled from the fakes, so that it is refused here as it would be in service. Its fuel is
  /// the same as well, unless `limits` say otherwise; the clock is not, and a busy machine must fail no spec.
  package func decide(
    _ point: String, input: [UInt8], fakes: Fakes = Fakes(), id: Identifier = usualID, limits: RunLimits? = nil
  ) -> Answer {
    do throws(LuaFailure) {
      let number = try number(of: point)
      let machine = try usableMachine()
      let decision = rulebook.decisions[number]
      let host = FakeHost(fakes: fakes, decision: decision, id: id)
      let request = RunRequest(
        decision: number, nowMilliseconds: fakes.nowMilliseconds, id: id,
        limits: limits ?? decision.runLimits.untimed)
      return input.withUnsafeBytes { input in
        let outcome = machine.decide(request, input: input, handler: host)
        let trace = keepsNotes ? machine.takeTrace() : Trace()
        let result: Result<[UInt8], LuaFailure> =
          switch outcome.ending {
          case .result(let bytes): host.refusal(trace).map { .failure($0) } ?? .success(Array(bytes))
          case .failure(let failure): .failure(failure)
          case .fetch: .failure(LuaFailure(code: .runtime, message: "\(point): a fake host has nothing to fetch"))
          }
        if outcome.isSpent { retire() }
        return Answer(result: result, cost: outcome.cost, effects: host.effects, notes: trace.notes)
      }
    } catch {
      return Answer(result: .failure(error), cost: nil, effects: [])
    }
  }

  /// What the plugin's own `explain` says of a decision; see ``CheckedRulebook/words(of:input:result:why:)``.
  func words(
    of decision: DecisionDefinition, input: JSON, result: JSON?, why: JSON
  ) throws(LuaFailure) -> String? {
    var ran = countsLines ? RunHits() : nil
    defer { if let ran { counted = counted + ran } }
    return try rulebook.words(of: decision, input: input, result: result, why: why, counting: &ran)
  }

  /// What ran so far, when that is counted.
  package var hits: RunHits {
    guard countsLines, let machine else { return counted }
    return counted + RunHits(machine)
  }

  private func usableMachine() throws(LuaFailure) -> VirtualMachine {
    if let machine { return machine }
    let made = try rulebook.makeMachine(countsLines: countsLines, trace: keepsNotes ? .notes : .none, isPatient: true)
    machine = made
    return made
  }

  private func retire() {
    counted = hits
    machine = nil
  }
}

extension Trace {
  /// What rules noted, as `file:line: why: value`.
  fileprivate var notes: [String] {
    events.compactMap { event in
      guard case .note(let why, let value) = event.kind else { return nil }
      return "\(event.file):\(event.line): \(why): \(value.text)"
    }
  }
}
