internal import Core
internal import Ledger
internal import LuaRuntime
internal import Rulebook

/// One run of a decision with effects, as a thread of machines is asked for it.
struct DecisionRun: Sendable {
  var generation: Generation
  var number: Int
  var id: Identifier
  /// The bytes that the machine reads.
  var input: [UInt8]
  /// Whether they are `{"input":…}` rather than the bare input.
  var isEnveloped: Bool
  var limits: EffectLimits
  /// Balances that were fetched for this run; they come before those in memory.
  var held: [AccountName: CachedBalance] = [:]
  /// Holds that were fetched for this run.
  var holds: [Identifier: KnownHold] = [:]

  var decision: DecisionDefinition { generation.decisions[number] }
}

/// How a run went.
struct DecisionRunResult: Sendable {
  /// How the run of the rule ended.
  enum Ending: Sendable {
    /// The result as the machine printed it.
    case result([UInt8])
    case failure(LuaFailure)
    case missing(MissingAnswer)
  }

  var ending: Ending
  var cost = RunCost()
  var nowMilliseconds: Int64?
  var intents: [PlannedEffect] = []
  var reads: [BalanceRead] = []
  var calls: [RecordedCall] = []

  /// The ending as the decision's course has it.
  var courseEnding: CommitCourse.Ending {
    switch ending {
    case .result: .decided
    case .failure(let failure): .failed(failure)
    case .missing(let missing): .missing(missing)
    }
  }
}
