internal import Core

extension GovernanceState {
  /// The step that time or signatures have made due at `moment`; nil when none is. Take it and ask again, with nothing
  /// run meanwhile. What a host has to check first, an activation, isn't among them. O(open proposals).
  package func due(at moment: GovernanceMoment) throws(GovernanceError) -> GovernanceStep? {
    var now = self
    try now.advance(moment)
    if let over = now.emergencies.first(where: { now.isOver($0, moment) }) {
      return GovernanceStep(.lapsed, over.digest, moment)
    }
    for (digest, proposal) in now.open.sorted(by: { $0.key < $1.key }) {
      if now.refusal(ofFollowing: proposal.payload) != nil { return GovernanceStep(.superseded, digest, moment) }
      if now.isExpired(proposal, moment) { return GovernanceStep(.expired, digest, moment) }
      switch proposal.phase {
      case .proposed:
        if proposal.isSigned {
          return GovernanceStep(.approved, digest, moment, proposal.payload)
        }
      case .approved:
        let step = GovernanceStep(.ready, digest, moment)
        var then = self
        do throws(GovernanceError) {
          try then.take(step)
          return step
        } catch {
          continue
        }
      case .ready: continue
      }
    }
    return nil
  }

  /// The proposal to activate next: of those that are ready the one that was so first; nil when none is, or all are on
  /// hold. O(open proposals).
  package var next: (digest: String, proposal: Open)? {
    if isHeld { return nil }
    var first: (ledger: Int64, digest: String)?
    for (digest, proposal) in open {
      guard case .ready(let ledger) = proposal.phase else { continue }
      if first.map({ (ledger, digest) < $0 }) ?? true { first = (ledger, digest) }
    }
    return first.flatMap { first in open[first.digest].map { (first.digest, $0) } }
  }
}
