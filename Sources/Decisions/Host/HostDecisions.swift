package import Rulebook

/// The rules of the generation that serves: a decision without effects is made on a lane, one with effects is
/// committed, as the decision itself declares. One that has a key, or for which the host itself books something, is
/// committed whatever its rule declares: a key is bound only by a record in the ledger.
package struct HostDecisions: Decisions {
  private let lanes: LaneDecisions
  private let committing: CommittingDecisions
  private let generation: @Sendable () -> Generation
  private let gate: SuspensionGate?
  private let lease: HostLease?
  private let noteQuestion: @Sendable (String) -> Void

  /// Decides on `lanes` or by `committing`. `generation` gives the one that serves, `gate` says what emergencies
  /// suspend, and `lease` whether other hosts decide by the same; `noteQuestion` is told each point that isn't asked on
  /// a lane.
  package init(
    lanes: LaneDecisions, committing: CommittingDecisions, gate: SuspensionGate? = nil,
    lease: HostLease? = nil, generation: @escaping @Sendable () -> Generation,
    noteQuestion: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.gate = gate
    self.lease = lease
    self.noteQuestion = noteQuestion
    self.lanes = lanes
    self.committing = committing
    self.generation = generation
  }

  /// What was counted of all decisions, those on the lanes and those that were committed.
  package var statistics: LaneStatistics {
    get async {
      var sum = await lanes.statistics
      sum.add(committing.statistics)
      return sum
    }
  }

  /// See ``Decisions/decide(_:)``.
  package func decide(_ question: Question) async throws(DecisionFailure) -> Decided {
    let hasEffects = question.booking != nil || generation().decision(named: question.point)?.hasEffects == true
    if let reason = gate?.refusal(question.point, hasEffects: hasEffects) { throw .suspended(reason) }
    if question.key == nil, !hasEffects, let decided = try await lanes.decideWithoutEffects(question) {
      return decided
    }
    if let lease, lease.standing != .held { throw .unavailable(FleetMember.noLease) }
    if generation().number(of: question.point) != nil { noteQuestion(question.point) }
    return try await committing.decide(question)
  }
}
