internal import Core

extension GovernanceState {
  /// Takes a step that happened, or is about to. Throws why it isn't justified; then nothing has changed.
  /// O(signatures + open proposals).
  package mutating func take(_ step: GovernanceStep) throws(GovernanceError) {
    var next = self
    try next.advance(step.moment)
    switch step.kind {
    case .founded: throw GovernanceError(.governed, "there is a root already: \(root.digest)")
    case .proposed: try next.propose(step)
    case .signed: try next.sign(step)
    case .approved: try next.approve(step)
    case .ready: try next.ready(step)
    case .activated: try next.activate(step)
    case .vetoed: try next.veto(step)
    case .expired:
      guard next.isExpired(try next.proposal(step), step.moment) else {
        throw GovernanceError(.early, "the proposal hasn't expired")
      }
      next.finish(step)
    case .superseded:
      if next.refusal(ofFollowing: try next.proposal(step).payload) == nil {
        throw GovernanceError(.early, "the proposal still follows what is in force")
      }
      next.finish(step)
    case .invalid:
      guard case .ready = try next.proposal(step).phase else {
        throw GovernanceError(.early, "the proposal isn't ready")
      }
      next.finish(step)
    case .emergency: try next.begin(step)
    case .lapsed: try next.lapse(step)
    case .freshness: try next.confirm(step)
    case .ran: break
    }
    self = next
  }

  /// Moves the clocks on. A delay is made of what hosts ran, so a step adds only as much as ledger time allows.
  mutating func advance(_ moment: GovernanceMoment) throws(GovernanceError) {
    guard moment.ledger >= last.ledger else { throw GovernanceError(.time, "ledger time went back") }
    guard (0...GovernanceLimits.ranMilliseconds).contains(moment.ran),
      moment.ran <= moment.ledger - last.ledger + 1000
    else { throw GovernanceError(.time, "the host can't have run \(moment.ran) ms since the step before") }
    running = running.adding(saturating: moment.ran)
    last = moment
  }

  /// The open proposal that a step is about.
  func proposal(_ step: GovernanceStep) throws(GovernanceError) -> Open { try proposal(named: step.subject) }

  /// The open proposal of this digest. Throws `final` for one at its end, `unknown` for no other.
  package func proposal(named digest: String) throws(GovernanceError) -> Open {
    if let found = open[digest] { return found }
    if vetoed.contains(digest) { throw GovernanceError(.final, "the proposal \(digest) was vetoed") }
    if let end = finished.last(where: { $0.digest == digest }) {
      throw GovernanceError(.final, "the proposal \(digest) is \(end.outcome.rawValue)")
    }
    throw GovernanceError(.unknown, "no proposal \(VisibleText.line(digest)) is here")
  }

  /// Whose signatures a proposal may have.
  package func candidates(_ payload: SignedPayload) -> [HolderKey] {
    switch payload.content {
    case .rulebook: root.roles[.rules]?.keys ?? []
    case .root(let next):
      Array(Set(root.roles[.root]?.keys ?? []).union(next.roles[.root]?.keys ?? [])).sorted { $0.id < $1.id }
    case .act(let act): root.roles[act.kind.role]?.keys ?? []
    }
  }

  /// Why the signatures on a proposal aren't enough; nil when they are. Counts them anew, by public keys.
  package func shortage(_ payload: SignedPayload) -> GovernanceError? {
    shortage(payload, Signers(of: payload.envelope, among: candidates(payload), check))
  }

  private func shortage(_ payload: SignedPayload, _ signers: Signers) -> GovernanceError? {
    switch payload.content {
    case .rulebook: return signers.reach(.rules, of: root) ? nil : Self.tooFew(.rules, signers, root)
    case .root(let next):
      if !signers.reach(.root, of: root) { return Self.tooFew(.root, signers, root) }
      return signers.reach(.root, of: next) ? nil : Self.tooFew(.root, signers, next)
    case .act(let act): return signers.reach(act.kind.role, of: root) ? nil : Self.tooFew(act.kind.role, signers, root)
    }
  }

  /// Why a proposal doesn't follow what is in force; nil when it does.
  func refusal(ofFollowing payload: SignedPayload) -> GovernanceError? {
    switch payload.content {
    case .rulebook(let proposal):
      if !isEnforced { return GovernanceError(.notGoverned, "governance is off: files decide") }
      if proposal.realm != root.realm { return Self.otherRealm }
      if proposal.root != root.digest {
        return GovernanceError(.otherRoot, "root names \(proposal.root), and \(root.digest) is in force")
      }
      if proposal.sequence != active.sequence + 1 {
        return GovernanceError(
          .sequence, "sequence is \(proposal.sequence), and the next one is \(active.sequence + 1)")
      }
      if proposal.previous != active.payload {
        return GovernanceError(.previous, "previous names \(proposal.previous), and \(active.payload) is in force")
      }
    case .root(let next):
      if next.realm != root.realm { return Self.otherRealm }
      if next.version != root.version + 1 {
        return GovernanceError(.version, "version is \(next.version), and the next root is \(root.version + 1)")
      }
    case .act: return GovernanceError(.payloadType, "a proposal is a rulebook or a root")
    }
    return nil
  }

  static let otherRealm = GovernanceError(.realm, "the payload is for another realm")

  /// Whether a proposal's time is over: its own, its root's, or that for which it may be ready.
  func isExpired(_ proposal: Open, _ moment: GovernanceMoment) -> Bool {
    if case .ready(let ledger) = proposal.phase,
      Instant(seconds: ledger / 1000).later(by: root.grace.seconds) <= moment.latest
    {
      return true
    }
    return expiry(of: proposal.payload) <= moment.latest
  }

  private func expiry(of payload: SignedPayload) -> Instant {
    switch payload.content {
    case .rulebook(let proposal): min(proposal.expires, root.expires)
    case .root(let next): next.expires
    case .act(let act): act.expires
    }
  }

  private mutating func propose(_ step: GovernanceStep) throws(GovernanceError) {
    guard let payload = step.payload, payload.digest == step.subject else {
      throw GovernanceError(.malformed, "a proposal is named by its payload")
    }
    if open[payload.digest] != nil { throw GovernanceError(.known, "the proposal \(payload.digest) is here already") }
    if vetoed.contains(payload.digest) || finished.contains(where: { $0.digest == payload.digest }) {
      _ = try proposal(named: payload.digest)
    }
    // First who, then what: somebody without a key learns nothing else.
    let signers = Signers(of: payload.envelope, among: candidates(payload), check)
    guard !signers.keys.isEmpty else {
      throw GovernanceError(.notSigned, "no key that may propose this signed it")
    }
    if let refusal = refusal(ofFollowing: payload) { throw refusal }
    guard step.moment.latest < expiry(of: payload) else {
      throw GovernanceError(.expired, "the proposal, or the root in force, has expired")
    }
    let change: ChangeClass
    if case .rulebook(let rulebook) = payload.content {
      change = rulebook.files.change(from: active.files)
    } else {
      change = .root
    }
    let busy = Dictionary(grouping: open.values, by: \.proposer).mapValues(\.count)
    let proposers = signers.keys.sorted { $0.id < $1.id }
    guard let proposer = proposers.first(where: { busy[$0] ?? 0 < GovernanceLimits.openProposals }) else {
      throw GovernanceError(
        .tooMany, "each key that signed this has \(GovernanceLimits.openProposals) open proposals already")
    }
    var proposal = Open(payload: payload.with(signers.signatures), change: change, proposer: proposer)
    proposal.isSigned = shortage(payload, signers) == nil
    open[payload.digest] = proposal
  }

  private mutating func sign(_ step: GovernanceStep) throws(GovernanceError) {
    var proposal = try proposal(step)
    guard let payload = step.payload else { throw GovernanceError(.malformed, "there is no envelope") }
    let before = Signers(of: proposal.payload.envelope, among: candidates(proposal.payload), check)
    var joined = proposal.payload
    // Only one signature of each key is kept, so the limit is on what comes together.
    try joined.add(payload.envelope)
    let after = Signers(of: joined.envelope, among: candidates(proposal.payload), check)
    guard after.keys.count > before.keys.count else {
      let none = Signers(of: payload.envelope, among: candidates(proposal.payload), check).keys.isEmpty
      throw none
        ? GovernanceError(.notSigned, "no key that may sign this proposal signed it")
        : GovernanceError(.known, "these keys have signed already")
    }
    proposal.payload = joined.with(after.signatures)
    proposal.isSigned = shortage(proposal.payload, after) == nil
    open[step.subject] = proposal
  }

  private mutating func approve(_ step: GovernanceStep) throws(GovernanceError) {
    var proposal = try proposal(step)
    guard proposal.phase == .proposed else { throw GovernanceError(.known, "the proposal is approved already") }
    if let shortage = shortage(proposal.payload) { throw shortage }
    proposal.phase = .approved(running: running)
    open[step.subject] = proposal
  }

  private mutating func ready(_ step: GovernanceStep) throws(GovernanceError) {
    var proposal = try proposal(step)
    guard let remaining = remaining(proposal) else { throw GovernanceError(.early, "the proposal isn't approved") }
    if remaining > 0 { throw GovernanceError(.early, "the delay goes on for \(remaining / 1000) s of running") }
    if isExpired(proposal, step.moment) { throw GovernanceError(.expired, "the proposal has expired") }
    if case .rulebook(let rulebook) = proposal.payload.content, let notBefore = rulebook.notBefore,
      step.moment.earliest < notBefore
    {
      throw GovernanceError(.early, "not_before is \(notBefore.text)")
    }
    proposal.phase = .ready(ledger: step.moment.ledger)
    open[step.subject] = proposal
  }

  private mutating func activate(_ step: GovernanceStep) throws(GovernanceError) {
    let proposal = try proposal(step)
    guard case .ready = proposal.phase else { throw GovernanceError(.early, "the proposal isn't ready") }
    if isHeld { throw GovernanceError(.held, "an emergency holds activations") }
    if isExpired(proposal, step.moment) { throw GovernanceError(.expired, "the proposal has expired") }
    if let refusal = refusal(ofFollowing: proposal.payload) { throw refusal }
    if let shortage = shortage(proposal.payload) { throw shortage }
    switch proposal.payload.content {
    case .rulebook(let rulebook):
      active = Active(sequence: rulebook.sequence, payload: proposal.payload.digest, files: rulebook.files)
      keepActive()
      withdrawn.formUnion(rulebook.withdrawn)
      endReverts(step.moment)
    case .root(let next): try install(next, step)
    case .act: throw GovernanceError(.payloadType, "a proposal is a rulebook or a root")
    }
    finish(step)
  }

  private mutating func install(_ next: GovernanceRoot, _ step: GovernanceStep) throws(GovernanceError) {
    if !isEnforced, next.mode == .enforce {
      guard let files = step.files else {
        throw GovernanceError(.files, "where governance begins again, the rulebook in force is named")
      }
      active = Active(sequence: active.sequence + 1, payload: next.digest, files: files)
      keepActive()
    }
    if next.mode == .off { emergencies = [] }
    root = next
  }

  private mutating func keepActive() {
    history.append(active)
    if history.count > GovernanceLimits.reversible { history.removeFirst() }
  }

  mutating func finish(_ step: GovernanceStep) {
    guard let proposal = open.removeValue(forKey: step.subject) else { return }
    finished.append(
      Finished(
        digest: step.subject, outcome: step.kind, change: proposal.change, title: proposal.payload.title,
        time: step.moment.ledger,
        reason: step.reason))
    if finished.count > GovernanceLimits.finished { finished.removeFirst() }
  }
}
