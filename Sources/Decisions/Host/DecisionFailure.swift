package import Core
package import LuaRuntime

/// Why a question to the rules has no answer: the one error of everything that decides.
package struct DecisionFailure: Error, Sendable, Equatable {
  /// A run that failed.
  package struct Run: Sendable, Equatable {
    /// The id under which the failure is recorded.
    package var id: Identifier
    /// The number of the generation that decided; 0 when it isn't known any more.
    package var generation: Int
    /// What the run cost.
    package var cost: RunCost
    /// Whether it failed before, under the same key.
    package var isRepeat: Bool
    /// Whether another generation may have decided elsewhere by then.
    package var isStale = false
  }

  /// What happened and what to do.
  package let message: String
  /// What the rule, the ledger or the host has against the question; nil when the host can't decide now.
  package let failure: LuaFailure?
  /// The run that failed; nil when there was none.
  package let run: Run?
  /// Seconds after which the same question may be answered; nil when waiting doesn't help.
  package let retrySeconds: Int?
  /// Whether an emergency suspends the decision.
  package private(set) var isSuspended = false

  private init(_ message: String, _ failure: LuaFailure?, _ run: Run?, retrySeconds: Int?) {
    self.message = message
    self.failure = failure
    self.run = run
    self.retrySeconds = retrySeconds
  }

  /// The decision `id` failed: the rule did, or the ledger refused what it intended.
  package init(
    _ failure: LuaFailure, id: Identifier, generation: Int, cost: RunCost = RunCost(), isRepeat: Bool = false,
    isStale: Bool = false
  ) {
    let run = Run(id: id, generation: generation, cost: cost, isRepeat: isRepeat, isStale: isStale)
    self.init(failure.message, failure, run, retrySeconds: nil)
  }

  /// What `record` says of its failure; nil when it decided.
  package init?(_ record: RecordedDecision, isRepeat: Bool = false) {
    guard let failure = record.failure else { return nil }
    self.init(
      failure, id: record.id, generation: record.generation,
      cost: RunCost(fuel: record.fuel, nanoseconds: record.nanoseconds), isRepeat: isRepeat)
  }

  /// The code on the wire.
  package var code: WireCode { isSuspended ? .suspended : failure?.code.wireCode ?? .unavailable }

  /// The rule's own word for its refusal, or the ledger's or the host's; nil when there is none.
  package var reason: String? { failure?.reason }
}

extension DecisionFailure {
  /// No plugin offers `point`.
  package static func notOffered(_ point: String) -> DecisionFailure {
    let failure = LuaFailure(code: .unknownDecision, message: "no plugin offers '\(point)'")
    return DecisionFailure(failure.message, failure, nil, retrySeconds: nil)
  }

  /// The host can't decide now, and nothing was done; the same question may be asked again.
  package static func unavailable(_ message: String, retrySeconds: Int? = 1) -> DecisionFailure {
    DecisionFailure(message, nil, nil, retrySeconds: retrySeconds)
  }

  /// An emergency suspends the decision, and nothing was done.
  package static func suspended(_ reason: String) -> DecisionFailure {
    var failure = DecisionFailure(reason, nil, nil, retrySeconds: nil)
    failure.isSuspended = true
    return failure
  }

  /// The question can't be put to the rules.
  package static func invalid(_ message: String) -> DecisionFailure {
    DecisionFailure(message, LuaFailure(code: .invalidInput, message: message), nil, retrySeconds: nil)
  }

  /// The reason of a key that stands for another question.
  package static let keyReusedReason = "key_reused"

  /// `key` stands for another question.
  package static func keyReused(_ key: Identifier) -> DecisionFailure {
    let message = "the key \(key) was used for another decision or another input"
    let failure = LuaFailure(code: .refused, message: message, reason: keyReusedReason)
    return DecisionFailure(message, failure, nil, retrySeconds: nil)
  }

  private static let generationChangedReason = "generation_changed"

  /// The question was for the generation `wanted`, and `other` decides.
  package static func ofAnotherGeneration(_ other: Int, wanted: Int) -> DecisionFailure {
    let message = "generation \(other) decides, and the question was for \(wanted); ask again"
    let failure = LuaFailure(code: .conflict, message: message, reason: generationChangedReason)
    return DecisionFailure(message, failure, nil, retrySeconds: nil)
  }

  /// Whether another generation decides than the question was for: what was decided before must be asked again too.
  package var isOfAnotherGeneration: Bool { reason == Self.generationChangedReason && run == nil }

  /// Whether no plugin offers the decision.
  package var isNotOffered: Bool { failure?.code == .unknownDecision }
}

extension DecisionFailure: CustomStringConvertible {
  /// What happened, as a log says it.
  package var description: String { failure.map { "\($0.code.rawValue): \($0.message)" } ?? message }
}
