internal import Core

extension GovernanceState {
  /// The act in a step's envelope, of which enough keys have signed. Throws what is wrong with it.
  private func act(_ step: GovernanceStep, _ kind: GovernanceAct.Kind) throws(GovernanceError) -> GovernanceAct {
    guard let payload = step.payload, case .act(let act) = payload.content, act.kind == kind else {
      throw GovernanceError(.payloadType, "this place takes the type \(kind.payloadType)")
    }
    if let shortage = shortage(payload) { throw shortage }
    if act.realm != root.realm { throw Self.otherRealm }
    if !isEnforced { throw GovernanceError(.notGoverned, "governance is off") }
    if act.expires <= step.moment.latest { throw GovernanceError(.expired, "the act has expired") }
    if act.time > step.moment.latest.later(by: GovernanceLimits.skewSeconds) {
      throw GovernanceError(.time, "time is \(act.time.text), which hasn't come")
    }
    return act
  }

  mutating func veto(_ step: GovernanceStep) throws(GovernanceError) {
    guard case .veto(let digest) = try act(step, .veto).action, digest == step.subject else {
      throw GovernanceError(.unknown, "the veto names another proposal")
    }
    _ = try proposal(named: digest)
    vetoed.insert(digest)
    finish(step)
  }

  mutating func begin(_ step: GovernanceStep) throws(GovernanceError) {
    let act = try act(step, .emergency)
    guard let payload = step.payload, payload.digest == step.subject else {
      throw GovernanceError(.malformed, "an act is named by its payload")
    }
    if act.sequence != active.sequence {
      throw GovernanceError(.sequence, "sequence is not \(active.sequence), that of the rulebook in force")
    }
    if act.time.later(by: root.emergencyMax.seconds) <= step.moment.earliest {
      throw GovernanceError(.time, "time is \(act.time.text), longer ago than an emergency may last")
    }
    if case .revert(let digest) = act.action {
      guard history.contains(where: { $0.digest == digest }) else {
        throw GovernanceError(.digest, "\(digest) isn't among the last rulebooks that were active under governance")
      }
      if withdrawn.contains(digest) { throw GovernanceError(.digest, "\(digest) was withdrawn") }
    }
    forgetLapsed(step.moment)
    // Whoever has an envelope could send it again; by the time it is forgotten, its own time is too long ago.
    if (emergencies + lapsed).contains(where: { $0.digest == payload.digest }) {
      throw GovernanceError(.known, "this act is here already")
    }
    if let same = (emergencies + lapsed).first(where: { $0.act.action.isSame(as: act.action) }),
      !Signers(of: payload.envelope, among: root.keys.values, check).reach(.rules, of: root)
    {
      throw GovernanceError(
        .renewal,
        "the same act began before; the emergency role alone can't renew it before "
          + same.ends.later(by: root.emergencyMax.seconds).text)
    }
    let ends = min(act.expires, Instant(seconds: step.moment.ledger / 1000).later(by: root.emergencyMax.seconds))
    emergencies.append(Emergency(act: act, digest: payload.digest, ends: ends))
  }

  mutating func lapse(_ step: GovernanceStep) throws(GovernanceError) {
    guard let place = emergencies.firstIndex(where: { $0.digest == step.subject }) else {
      throw GovernanceError(.unknown, "no such emergency is in force")
    }
    guard isOver(emergencies[place], step.moment) else { throw GovernanceError(.early, "the emergency goes on") }
    lapsed.append(emergencies.remove(at: place))
    forgetLapsed(step.moment)
  }

  /// Ledger time counts: no jump of the wall clock ends an emergency.
  func isOver(_ emergency: Emergency, _ moment: GovernanceMoment) -> Bool {
    emergency.ends <= Instant(seconds: moment.ledger / 1000)
  }

  /// A rulebook came into force, so nothing is to go back to any more.
  mutating func endReverts(_ moment: GovernanceMoment) {
    for var emergency in emergencies {
      guard case .revert = emergency.act.action else { continue }
      emergency.ends = Instant(seconds: moment.ledger / 1000)
      lapsed.append(emergency)
    }
    emergencies.removeAll { if case .revert = $0.act.action { true } else { false } }
  }

  private mutating func forgetLapsed(_ moment: GovernanceMoment) {
    let now = Instant(seconds: moment.ledger / 1000)
    lapsed.removeAll { $0.ends.later(by: root.emergencyMax.seconds) <= now }
  }

  mutating func confirm(_ step: GovernanceStep) throws(GovernanceError) {
    let act = try act(step, .freshness)
    guard case .freshness(let digest) = act.action, act.sequence == active.sequence else {
      throw GovernanceError(.sequence, "sequence is not \(active.sequence), that of the rulebook in force")
    }
    guard digest == active.digest else {
      throw GovernanceError(.digest, "digest is not \(active.digest), that of the rulebook in force")
    }
    guard act.time > freshness else { throw GovernanceError(.known, "a later statement is here: \(freshness.text)") }
    freshness = act.time
  }
}

extension GovernanceAct.Action {
  /// Whether it does, wholly or in part, what `other` does: which digest or how many points makes no difference.
  func isSame(as other: Self) -> Bool {
    switch (self, other) {
    case (.revert, .revert), (.hold, .hold): true
    case (.suspend(let left), .suspend(let right)):
      left == nil || right == nil
        || !Set(left.map { $0.map(ExactText.init) } ?? [])
          .isDisjoint(with: right.map { $0.map(ExactText.init) } ?? [])
    default: false
    }
  }
}
