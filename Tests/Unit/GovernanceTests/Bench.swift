import Core
import Governance
import GovernanceTesting
import Testing

/// A host that takes steps, and keeps them.
struct Bench {
  let committee: Committee
  var clock = Clock()
  var state: GovernanceState
  var steps: [GovernanceStep] = []

  init() throws {
    committee = try Committee()
    state = try committee.founded()
  }

  /// Takes a step now.
  mutating func take(
    _ kind: GovernanceStep.Kind, _ subject: String, _ payload: SignedPayload? = nil, reason: String = ""
  ) throws {
    let step = GovernanceStep(kind, subject, clock.moment(), payload, reason: reason)
    try state.take(step)
    steps.append(step)
  }

  /// Takes all that is due now; what that was.
  @discardableResult
  mutating func settle() throws -> [GovernanceStep.Kind] {
    var kinds: [GovernanceStep.Kind] = []
    while let step = try state.due(at: clock.moment()) {
      try state.take(step)
      steps.append(step)
      kinds.append(step.kind)
    }
    return kinds
  }

  /// Runs for so long, a step each minute; takes what is due each hour.
  mutating func run(hours: Int64) throws {
    for minute in 0..<hours * 60 {
      clock.advance(60_000)
      try state.take(GovernanceStep(.ran, "", clock.moment(ran: 60_000)))
      if minute % 60 == 59 { try settle() }
    }
  }

  /// Proposes an envelope signed by these; its digest.
  @discardableResult
  mutating func propose(_ envelope: Envelope, by signers: [Int]) throws -> String {
    try take(.proposed, envelope.digest, try committee.payload(envelope, by: signers))
    try settle()
    return envelope.digest
  }

  mutating func activate(_ digest: String) throws {
    try take(.activated, digest)
    try settle()
  }
}

/// The code of the error that `body` throws; nil when it throws none.
func code(_ body: () throws -> Void) -> GovernanceError.Code? {
  do {
    try body()
    return nil
  } catch {
    return (error as? GovernanceError)?.code
  }
}
