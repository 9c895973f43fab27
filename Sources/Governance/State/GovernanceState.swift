package import Core

/// Who may change the rules, and what they are changing: a value that decides, folded from the steps in the chain.
///
/// ``take(_:)`` holds every step against what came before, whether it is about to be written or is read back at start:
/// what no signatures justify has no way in.
package struct GovernanceState: Sendable {
  /// A rulebook that came into force.
  package struct Active: Sendable, Equatable {
    /// 0 for the rulebook that governance began with, then one more each time.
    package var sequence: Int64
    /// The digest of the payload that brought it: the next one's `previous`.
    package var payload: String
    package var files: FileManifest

    /// What names the rulebook: `sha256:` and 64 digits.
    package var digest: String { files.digest }
  }

  /// A proposal that isn't at its end.
  package struct Open: Sendable, Equatable {
    /// How far a proposal has come.
    package enum Phase: Sendable, Equatable {
      case proposed
      /// The threshold was reached when the host had run so many milliseconds.
      case approved(running: Int64)
      /// The delay was over at this ledger time, milliseconds.
      case ready(ledger: Int64)
    }

    package internal(set) var payload: SignedPayload
    package let change: ChangeClass
    /// The key that the proposal counts against.
    package let proposer: HolderKey
    package internal(set) var phase = Phase.proposed
    /// Whether enough keys signed, when they were last counted.
    package internal(set) var isSigned = false
  }

  /// A proposal at its end.
  package struct Finished: Sendable, Equatable {
    package let digest: String
    package let outcome: GovernanceStep.Kind
    package let change: ChangeClass
    package let title: String
    /// Milliseconds since 1970, ledger time.
    package let time: Int64
    package let reason: String
  }

  /// An emergency, in force or over.
  package struct Emergency: Sendable, Equatable {
    package let act: GovernanceAct
    package let digest: String
    /// When it lapses, or has.
    package internal(set) var ends: Instant
  }

  /// The root in force.
  package internal(set) var root: GovernanceRoot
  /// The digest of the first root.
  package let firstRoot: String
  /// The rulebook in force, emergencies aside.
  package internal(set) var active: Active
  /// The last rulebooks that came into force, the latest last.
  package internal(set) var history: [Active]
  /// What no emergency may bring back.
  package internal(set) var withdrawn: Set<String> = []
  /// By the digest of their payloads.
  package internal(set) var open: [String: Open] = [:]
  /// Proposals that came to their end, the latest last.
  package internal(set) var finished: [Finished] = []
  /// Digests of proposals that were vetoed: for ever.
  package internal(set) var vetoed: Set<String> = []
  /// In force, in the order in which they began.
  package internal(set) var emergencies: [Emergency] = []
  /// Those that are over and can't be renewed yet.
  package internal(set) var lapsed: [Emergency] = []
  /// When the freshness role last confirmed what is in force; before, when governance began.
  package internal(set) var freshness: Instant
  /// For how long hosts ran while steps were taken, milliseconds.
  package internal(set) var running: Int64 = 0
  /// The clocks at the last step.
  package internal(set) var last: GovernanceMoment
  let check: SignatureCheck

  /// The state after the step that takes the first root. Throws what is wrong with that root or its signatures.
  package init(founding step: GovernanceStep, check: SignatureCheck = .ed25519) throws(GovernanceError) {
    guard step.kind == .founded, let payload = step.payload, case .root(let root) = payload.content,
      let files = step.files
    else { throw GovernanceError(.notGoverned, "governance begins with a root and the rulebook in force") }
    guard root.version == 1, root.mode == .enforce else {
      throw GovernanceError(.version, "the first root has the version 1 and the mode enforce")
    }
    if step.moment.latest >= root.expires { throw GovernanceError(.expired, "the root has expired") }
    let signers = root.signers(of: payload.envelope, check)
    guard signers.reach(.root, of: root) else { throw Self.tooFew(.root, signers, root) }
    self.check = check
    self.root = root
    firstRoot = root.digest
    active = Active(sequence: 0, payload: root.digest, files: files)
    history = [active]
    freshness = step.moment.earliest
    last = step.moment
    last.ran = 0
  }

  /// The rulebook that decides: the one in force, or that to which an emergency went back.
  package var effective: Active {
    for emergency in emergencies.reversed() {
      if case .revert(let digest) = emergency.act.action, let back = history.last(where: { $0.digest == digest }) {
        return back
      }
    }
    return active
  }

  /// Whether only signed rulebooks come into force.
  package var isEnforced: Bool { root.mode == .enforce }

  /// Whether an emergency holds activations.
  package var isHeld: Bool { emergencies.contains { $0.act.action == .hold } }

  /// What all emergencies in force suspend together.
  package var suspension: Suspension {
    var suspension = Suspension()
    for emergency in emergencies {
      if case .suspend(let points) = emergency.act.action {
        if let points {
          suspension.points.formUnion(points.map { ExactText($0) })
        } else {
          suspension.isEverything = true
        }
      }
    }
    return suspension
  }

  /// Whether a delay goes on, so that time has to be added up.
  package var isWaiting: Bool {
    open.values.contains { if case .approved = $0.phase { true } else { false } }
  }

  /// Whether the last statement of freshness is too old at `instant`.
  package func isStale(at instant: Instant) -> Bool {
    isEnforced && freshness.later(by: root.freshnessMax.seconds) <= instant
  }

  /// How much running time is left of a proposal's delay, milliseconds; nil unless it is approved.
  package func remaining(_ proposal: Open) -> Int64? {
    guard case .approved(let start) = proposal.phase else { return nil }
    return max(0, delay(proposal) - (running - start))
  }

  func delay(_ proposal: Open) -> Int64 {
    root.delay(of: proposal.change).seconds.multiplied(saturating: 1000)
  }

  static func tooFew(_ role: GovernanceRoot.Role, _ signers: Signers, _ root: GovernanceRoot) -> GovernanceError {
    let (count, wanted) = (signers.count(role, of: root), root.roles[role]?.threshold ?? 0)
    if count == 0 { return GovernanceError(.notSigned, "no key of the role \(role.rawValue) signed this") }
    return GovernanceError(
      .threshold, "\(count) of the \(wanted) keys that the role \(role.rawValue) needs signed this")
  }
}

/// What is refused for a while.
package struct Suspension: Sendable, Equatable {
  /// Whether whatever has effects is refused.
  package var isEverything = false
  /// Decision points by name.
  package var points: Set<ExactText> = []

  package init() {}

  /// Whether nothing is suspended.
  package var isEmpty: Bool { !isEverything && points.isEmpty }
}
