package import Core
internal import LuaRuntime
package import Rulebook

/// What one run of a recorded question came to: the answer, and what it would leave behind.
package struct HistoryRun: Sendable, Equatable {
  /// How a run ends.
  package enum Ending: Sendable, Equatable {
    case answered(JSON)
    /// The rule said no, or the ledger did.
    case refused(LuaFailure)
    case failed(LuaFailure)
  }

  /// The answer, or why there is none.
  package var ending: Ending
  /// What it asks of the ledger; nothing unless it answered.
  package var intents: [PlannedEffect] = []
  /// The tokens that it has signed.
  package var tokens: [TokenRequest] = []
  /// The units of fuel that it took.
  package var fuel: UInt64 = 0

  /// A run that ended so.
  package init(_ ending: Ending, fuel: UInt64 = 0) {
    self.ending = ending
    self.fuel = fuel
  }

  /// A run that ended with this failure: a refusal when the code says so.
  init(failure: LuaFailure, fuel: UInt64 = 0) {
    self.init(failure.code == .refused ? .refused(failure) : .failed(failure), fuel: fuel)
  }

  /// The answer as examples show it: the result, or `{"error":{"code","message","reason"}}`.
  package var json: JSON {
    switch ending {
    case .answered(let result): return result
    case .refused(let failure), .failed(let failure): return failure.answer
    }
  }
}

extension LuaFailure {
  /// Whether two failures tell the same: where in its file a rule failed, and through which calls, is of no account.
  func saysTheSame(as other: LuaFailure) -> Bool {
    code == other.code && reason == other.reason && words == other.words
  }

  /// The message without the place that it begins with.
  private var words: Substring {
    guard let file, let line else { return message[...] }
    return message.rest(behind: "\(file):\(line): ") ?? message[...]
  }
}
