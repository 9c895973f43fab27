internal import Core
internal import Ledger
internal import LuaRuntime

/// The course of a decision with effects: what happens next, by what has happened. A value; nothing is done here.
///
/// A run that read what another decision has changed meanwhile is made again, the third time while the writer waits for
/// it, so that nothing can change: a hot account costs runs, never a decision.
struct CommitCourse: Sendable, Equatable {
  /// How a run of the rule ended.
  enum Ending: Sendable, Equatable {
    /// The rule gave a result.
    case decided
    case failed(LuaFailure)
    /// It asked for what the host doesn't hold.
    case missing(MissingAnswer)
  }

  /// What the ledger made of a decision or of its failure.
  enum Answer: Sendable, Equatable {
    /// The ledger has it durably.
    case done
    /// The key stands for this record.
    case repeated([UInt8])
    /// A transfer was refused.
    case refused(LuaFailure)
    /// Another generation decides on all hosts, this one.
    case overtaken(by: Int)
    /// The record is larger than a ledger takes.
    case tooLarge(limit: Int)
  }

  /// What has happened to the decision.
  enum Event: Sendable, Equatable {
    case ran(Ending)
    /// The host holds now what the run had missed.
    case fetched
    case committed(Answer)
    /// These accounts changed since they were read. `isLate` when the decision's time is over.
    case conflicted([AccountName], isLate: Bool)
  }

  /// What to do next.
  enum Action: Sendable, Equatable {
    /// Run the rule and then commit.
    case run
    /// The same, while the writer waits.
    case runBeforeWriter
    /// Fetch this for the next run.
    case fetch(MissingAnswer)
    /// Commit what the rule intends together with the record.
    case commit
    /// Commit the record of this failure alone: the key is bound to it.
    case commitFailure(LuaFailure)
    /// Give the record of this failure to the log: the key stays free.
    case log(LuaFailure)
    /// Answer with the record.
    case answer
    /// Answer with an earlier record.
    case answerRepeat([UInt8])
    /// Decide again, by this generation.
    case decideAgain(by: Int)
  }

  /// Accounts and holds that may be fetched for one run.
  let fetchLimit: Int
  /// The conflict after which the writer waits for the next run.
  static let lastFreeConflict = 2

  private(set) var fetches = 0
  private(set) var conflicts = 0

  /// The course of a decision that may have `fetchLimit` accounts and holds fetched.
  init(fetchLimit: Int) { self.fetchLimit = fetchLimit }

  /// Takes in what has happened and returns what to do.
  mutating func next(after event: Event) -> Action {
    switch event {
    case .ran(.decided): return .commit
    case .ran(.failed(let failure)): return failure.code.bindsKey ? .commitFailure(failure) : .log(failure)
    case .ran(.missing(let missing)):
      fetches += 1
      if fetches <= fetchLimit { return .fetch(missing) }
      return .commitFailure(
        .notHeld("the rule asks for more than \(fetchLimit) accounts and holds that the host doesn't hold"))
    case .fetched: return run
    case .committed(.done): return .answer
    case .committed(.repeated(let record)): return .answerRepeat(record)
    case .committed(.refused(let failure)): return .commitFailure(failure)
    case .committed(.overtaken(let generation)): return .decideAgain(by: generation)
    case .committed(.tooLarge(let limit)): return .log(.recordTooLarge(limit))
    case .conflicted(let accounts, let isLate):
      conflicts += 1
      // What was held may be stale too; the next run may fetch as often as the first.
      fetches = 0
      return isLate ? .log(conflict(accounts)) : run
    }
  }

  private var run: Action { conflicts >= Self.lastFreeConflict ? .runBeforeWriter : .run }

  private func conflict(_ accounts: [AccountName]) -> LuaFailure {
    let names = accounts.map(\.text).joined(separator: ", ")
    let times = conflicts == 1 ? "while this was decided" : "each of the \(conflicts) times this was decided"
    return LuaFailure(code: .conflict, message: "\(names) changed \(times); try again")
  }
}

extension DecisionErrorCode {
  /// Whether the same question under the same generation and balances fails so again.
  var bindsKey: Bool {
    switch self {
    case .conflict, .deadline, .memoryExhausted, .invalidInput, .unknownDecision: false
    case .invalidOutput, .runtime, .fuelExhausted, .forbidden, .refused: true
    }
  }
}
