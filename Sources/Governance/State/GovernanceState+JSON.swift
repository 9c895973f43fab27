package import Core

extension GovernanceState {
  /// What is in force, what lasts and what is proposed, as `GET /v1/governance` has it. O(keys + open proposals).
  package func json(at now: Instant) -> JSON {
    [
      "governed": .bool(isEnforced), "realm": .string(root.realm), "root": root.summary,
      "first_root": .string(firstRoot), "sequence": .integer(active.sequence), "payload": .string(active.payload),
      "digest": .string(active.digest), "effective": .string(effective.digest), "held": .bool(isHeld),
      "history": .array(
        history.map { ["sequence": .integer($0.sequence), "digest": .string($0.digest)] }),
      "emergencies": .array(emergencies.map(\.json)),
      "freshness": ["time": .string(freshness.text), "stale": .bool(isStale(at: now))],
      "proposals": .array(open.keys.sorted().compactMap { open[$0].map(summary) }),
      "finished": .array(finished.reversed().map(\.json)),
    ]
  }

  /// An open proposal with its envelope.
  package func json(_ proposal: Open) -> JSON {
    var object = summary(proposal).object ?? JSON.Object()
    object.append("envelope", proposal.payload.envelope.json)
    return .object(object)
  }

  /// An open proposal without its envelope: its state, who signed, and how much of its delay is left.
  private func summary(_ proposal: Open) -> JSON {
    let payload = proposal.payload
    let names: [JSON] = payload.envelope.signatures.map { .string(holder($0.keyID, payload)) }
    var object = JSON.Object([
      ("proposal", .string(payload.digest)), ("state", .string(proposal.phase.name)),
      ("class", .string(proposal.change.rawValue)), ("title", .string(payload.title)),
      ("signed_by", .array(names)), ("delay", .string(root.delay(of: proposal.change).text)),
    ])
    if let remaining = remaining(proposal) { object.append("remaining_seconds", .integer((remaining + 999) / 1000)) }
    if case .rulebook(let rulebook) = payload.content {
      object.append("sequence", .integer(rulebook.sequence))
      object.append("digest", .string(rulebook.files.digest))
    }
    return .object(object)
  }

  /// The name of whoever has a key, by this root or the one that is proposed.
  package func holder(_ keyID: String, _ payload: SignedPayload) -> String {
    if let name = root.holders[keyID] { return name }
    if case .root(let next) = payload.content, let name = next.holders[keyID] { return name }
    return keyID
  }
}

extension GovernanceState.Open.Phase {
  /// `proposed`, `approved` or `ready`.
  package var name: String {
    switch self {
    case .proposed: "proposed"
    case .approved: "approved"
    case .ready: "ready"
    }
  }
}

extension GovernanceState.Finished {
  /// `{"proposal","state","class","title","time","reason"}`
  package var json: JSON {
    [
      "proposal": .string(digest), "state": .string(outcome.rawValue), "class": .string(change.rawValue),
      "title": .string(title), "time": .string(Instant(seconds: time / 1000).text), "reason": .string(reason),
    ]
  }
}

extension GovernanceState.Emergency {
  fileprivate var json: JSON {
    var object = JSON.Object([
      ("action", .string(act.action.name)), ("reason", .string(act.reason)), ("ends", .string(ends.text)),
    ])
    switch act.action {
    case .suspend(let points): object.append("points", points.map { .array($0.map { .string($0) }) } ?? .null)
    case .revert(let digest): object.append("digest", .string(digest))
    case .hold, .veto, .freshness: break
    }
    return .object(object)
  }
}

extension GovernanceRoot {
  /// Version, digest, end, holders, thresholds and delays.
  package var summary: JSON {
    let roles = Role.allCases.map { role -> (name: String, value: JSON) in
      let quorum = self.roles[role]
      let names = (quorum?.keys ?? []).map { JSON.string(holders[$0.id] ?? $0.id) }
      return (role.rawValue, ["holders": .array(names), "threshold": .integer(Int64(quorum?.threshold ?? 0))])
    }
    let delays = ChangeClass.allCases.map { (name: $0.rawValue, value: JSON.string(delay(of: $0).text)) }
    return [
      "version": .integer(version), "digest": .string(digest), "mode": .string(mode.rawValue),
      "expires": .string(expires.text), "roles": .object(JSON.Object(roles)), "delays": .object(JSON.Object(delays)),
      "grace": .string(grace.text), "emergency_max": .string(emergencyMax.text),
      "freshness_max": .string(freshnessMax.text),
    ]
  }
}

extension SignedPayload {
  /// One line that says what is signed.
  package var title: String {
    switch content {
    case .rulebook(let rulebook): rulebook.title
    case .root(let root): "root \(root.version)"
    case .act(let act): "\(act.action.name): \(act.reason)"
    }
  }
}
