package import Core
package import LuaRuntime
package import Rulebook

/// A decision as a lane looks it up.
package struct LaneEntry: Sendable {
  /// Its number in every machine of the generation.
  package var number: Int
  /// `tier.assign`
  package var name: String
  /// Whether it may leave something behind when it commits.
  package var hasEffects: Bool
}

/// One decision as a lane made it. The ending's bytes are valid until the lane's next decision.
@safe package struct LaneDecision {
  /// Its id.
  package var id: Identifier
  /// The number of the generation that made it.
  package var generation: Int
  /// How it ended and what it cost.
  package var outcome: Outcome
}

/// Decides on one event loop, without a lock: a generation and a machine of its own.
///
/// Confined to its loop; nothing here may be touched from elsewhere.
package final class Lane {
  /// Its place among the lanes, from 0.
  package let number: Int
  /// What it counted.
  package private(set) var statistics = LaneStatistics()
  /// The generation that decides.
  package private(set) var generation: Generation

  private var machine: VirtualMachine
  private var entries: [String: LaneEntry]
  private var identifiers = IdentifierGenerator()
  private let limits: RunLimits

  /// A lane that decides by `generation` on `machine`, which that generation made.
  package init(number: Int, generation: Generation, machine: VirtualMachine, limits: RunLimits) {
    self.number = number
    self.generation = generation
    self.machine = machine
    self.limits = limits
    entries = Self.entries(of: generation)
  }

  private static func entries(of generation: Generation) -> [String: LaneEntry] {
    let named = generation.decisions.enumerated().map { number, decision in
      (decision.name, LaneEntry(number: number, name: decision.name, hasEffects: decision.hasEffects))
    }
    return Dictionary(named) { first, _ in first }
  }

  /// Goes on with another generation: every later decision is made by it.
  package func install(_ generation: Generation, machine: VirtualMachine) {
    self.generation = generation
    self.machine = machine
    entries = Self.entries(of: generation)
  }

  /// A decision of the current generation; nil when no plugin offers it. O(length).
  package func decision(named point: String) -> LaneEntry? { entries[point] }

  /// Makes one decision that has no effects.
  ///
  /// A machine that a limit stopped is replaced before this returns; the failure is a copy and stays.
  package func decide(
    _ entry: LaneEntry, input: UnsafeRawBufferPointer, isEnveloped: Bool, handler: (any HostCallHandler)? = nil,
    id: Identifier? = nil
  ) -> LaneDecision {
    let id = id ?? identifiers.next()
    let request = RunRequest(decision: entry.number, isEnveloped: isEnveloped, id: id, limits: limits)
    let outcome = machine.decide(request, input: input, handler: handler)
    count(outcome)
    if outcome.isSpent { replaceMachine() }
    return LaneDecision(id: id, generation: generation.number, outcome: outcome)
  }

  /// The id for a failure that no run stands behind.
  package func nextIdentifier() -> Identifier { identifiers.next() }

  /// Counts a failure that no run stands behind: an unknown decision, a forbidden one.
  package func countFailure(_ code: DecisionErrorCode) {
    statistics.count(nanoseconds: 0, fuel: 0, code: code)
  }

  private func count(_ outcome: Outcome) {
    var code: DecisionErrorCode?
    if case .failure(let failure) = outcome.ending { code = failure.code }
    statistics.count(nanoseconds: outcome.cost.nanoseconds, fuel: outcome.cost.fuel, code: code)
  }

  private func replaceMachine() {
    // It was made before, so it can be made again unless memory is short; then the next decision tries.
    guard let fresh = try? generation.makeMachine() else { return }
    machine = fresh
    statistics.replacedMachines += 1
  }
}
