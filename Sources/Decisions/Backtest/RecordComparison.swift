package import Core
internal import LuaRuntime
internal import Rulebook

/// What a candidate makes of one recorded decision.
package struct RecordComparison: Sendable, Equatable {
  /// The id of the record that was run again.
  package var record: Identifier
  /// The decision's name: `treasury.redistribute`
  package var point: String
  /// What the change does to it.
  package var kind: BacktestClass
  /// Why nothing can be compared: the call that is unknown, or why the record can't be run again.
  package var reason: String?
  /// The call that is unknown; nil when none is.
  package var unanswered: UnansweredCall?
  /// Whose decision it is; nil when the input names nobody.
  package var subject: String?
  /// The recorded run; nil when it can't be run again.
  package var before: HistoryRun?
  /// The candidate's run; nil when there is none.
  package var after: HistoryRun?
  /// Where the results differ.
  package var fields: [FieldDifference] = []
  /// The money that both move.
  package var money: [MoneyFlow: MoneyChange] = [:]
  /// Where the two runs part, when somebody gets something else.
  package var parting: Parting?

  /// Compares the record's own run with the candidate's, of which a ledger decided already when it `isDecided`.
  /// O(results + intents).
  package init(
    _ question: RecordedQuestion, control: Result<HistoryRun, HistoryReason>, candidate: HistoryMachine.Verdict,
    isDecided: Bool = false
  ) {
    record = question.record.id
    point = question.record.point
    subject = question.subject
    switch control {
    case .failure(let why):
      kind = .unreplayable
      reason = why.text
      return
    case .success(let run): before = run
    }
    kind = .same
    guard let before else { return }
    switch candidate {
    case .unknown(let call):
      kind = .unknown
      reason = call.description
      unanswered = call
    case .impossible(let why):
      kind = .unknown
      reason = why
    case .noDecision:
      kind = question.record.failure?.code == .unknownDecision ? .same : .schemaGone
    case .run(let run): if isDecided { take(question, before, run) } else { compare(question, before, run) }
    }
  }

  private mutating func compare(_ question: RecordedQuestion, _ before: HistoryRun, _ run: HistoryRun) {
    var run = run
    if question.record.result != nil, case .refused(let failure) = before.ending {
      // The ledger refused what the rule intended. Whether it takes something else nobody can say.
      guard run.intents == before.intents, case .answered = run.ending else {
        if case .answered = run.ending {
          kind = .unknown
          reason = "whether the ledger, which refused then, takes what the candidate intends"
          return
        }
        return take(question, before, run)
      }
      run.ending = .refused(failure)
    }
    take(question, before, run)
  }

  private mutating func take(_ question: RecordedQuestion, _ before: HistoryRun, _ run: HistoryRun) {
    after = run
    kind = Self.kind(before, run)
    if case .answered(let old) = before.ending, case .answered(let new) = run.ending {
      fields = FieldDifference.between(old, new)
    }
    money = Movements.changes(Self.movements(before, question), Self.movements(run, question))
  }

  private static func movements(_ run: HistoryRun, _ question: RecordedQuestion) -> [Movements.Movement] {
    guard case .answered = run.ending else { return [] }
    return Movements.of(run.intents, holds: question.holds)
  }

  private static func kind(_ before: HistoryRun, _ after: HistoryRun) -> BacktestClass {
    switch (before.ending, after.ending) {
    case (.failed(let old), .failed(let new)):
      if old.saysTheSame(as: new) { return before.fuel == after.fuel ? .same : .costOnly }
      return new.code == .invalidInput && old.code != .invalidInput ? .schemaGone : .reasonChanged
    case (_, .failed(let new)): return new.code == .invalidInput ? .schemaGone : .nowFails
    case (.failed, _): return .noLongerFails
    case (.refused, .answered): return .loosened
    case (.answered, .refused): return .tightened
    case (.refused(let old), .refused(let new)):
      if !old.saysTheSame(as: new) { return .reasonChanged }
    case (.answered(let old), .answered(let new)):
      if old != new { return .changed }
      if before.intents != after.intents || before.tokens != after.tokens { return .effectsChanged }
    }
    return before.fuel == after.fuel ? .same : .costOnly
  }
}
