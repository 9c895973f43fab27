import Core
import Governance
import GovernanceTesting
import Testing

/// One course: random steps, taken by the state and told to the model, which knows nothing but what it was told.
struct ModelCourse {
  /// How often what happened.
  struct Tally: CustomStringConvertible {
    var rulebooks = 0
    var roots = 0
    var vetoes = 0
    var reverts = 0
    var holds = 0
    var expired = 0
    var crashes = 0
    var steps = 0

    mutating func add(_ other: Tally) {
      rulebooks += other.rulebooks
      roots += other.roots
      vetoes += other.vetoes
      reverts += other.reverts
      holds += other.holds
      expired += other.expired
      crashes += other.crashes
      steps += other.steps
    }

    var description: String {
      "\(steps) steps; \(rulebooks) rulebooks and \(roots) roots came into force, \(vetoes) proposals were vetoed, "
        + "\(expired) expired; \(reverts) reverts and \(holds) holds; \(crashes) crashes"
    }
  }

  /// What the model knows of a proposal.
  private struct Known {
    var payload: SignedPayload
    var signers: Set<Int>
    /// Running time when the threshold was reached.
    var approved: Int64?
    var isReady = false
    var readyAt: Int64 = 0
    var delay: Int64
    var isOver = false
    /// The root that was in force.
    let root: Int64
    /// Nil for a root.
    let sequence: Int64?
    let previous: String
    var expires: Int64 = .max
    var notBefore: Int64 = .min
    var withdraws: String?
  }

  /// An emergency as the model sees it: seconds.
  private struct Act {
    var payload: String
    var ends: Int64
    /// The rulebook that it went back to; nil for a hold.
    var digest: String?
  }

  private let world: ModelWorld
  private var random: SplitMix
  private var state: GovernanceState
  private var steps: [GovernanceStep] = []
  private var clock = Clock()
  private var known: [String: Known] = [:]
  private var running: Int64 = 0
  private var acts: [Act] = []
  private var version: Int64 = 1
  /// The digests that were in force, the last one is.
  private var lived: [String]
  private var withdrawn: Set<String> = []
  private(set) var tally = Tally()

  init(_ world: ModelWorld, seed: UInt64) throws {
    self.world = world
    random = SplitMix(state: seed)
    state = try GovernanceState(founding: world.founding, check: world.check)
    lived = [Committee.files.digest]
  }

  private mutating func pick(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }

  private var now: Int64 { clock.ledger / 1000 }

  mutating func act() throws {
    switch pick(14) {
    case 0, 1: try propose()
    case 2: try proposeRoot()
    case 3, 4: try sign()
    case 5, 6, 7: try pass()
    // What ends things is rarer than what begins them.
    case 8: if pick(3) == 0 { try veto() } else { try sign() }
    case 9: if pick(4) == 0 { try begin(nil) } else { try pass() }
    case 10: if pick(2) == 0 { try begin(pick(4) == 0 ? world.never : lived.randomElement(using: &random)) }
    case 11: if pick(4) == 0 { try crash() } else { try pass() }
    case 12: clock.wall += Int64(pick(7) - 3) * 60_000
    default: break
    }
    try settle()
    if let digest = known.keys.sorted().randomElement(using: &random) { try activate(digest) }
    let back = acts.last { $0.digest != nil && now < $0.ends }?.digest
    #expect(state.effective.digest == back ?? lived.last)
  }

  /// Takes a step; whether the state took it.
  private mutating func take(
    _ kind: GovernanceStep.Kind, _ subject: String, _ payload: SignedPayload? = nil, ran: Int64 = 0,
    files: FileManifest? = nil
  ) -> Bool {
    let step = GovernanceStep(kind, subject, clock.moment(ran: ran), payload, files: files)
    do {
      try state.take(step)
      keep(step)
      return true
    } catch {
      return false
    }
  }

  private mutating func keep(_ step: GovernanceStep) {
    steps.append(step)
    tally.steps += 1
  }

  private mutating func someSigners() -> Set<Int> { Set((0..<7).filter { _ in pick(2) == 0 }) }

  private func signed(_ payload: SignedPayload, by signers: Set<Int>) -> SignedPayload {
    payload.with(signers.sorted().map { ModelWorld.sign(payload.envelope, world.committee.keys[$0]) })
  }

  private mutating func propose() throws {
    let (fee, isPlugin, soon, later) = (pick(3) + 4, pick(3) == 0, pick(4), pick(4))
    let withdraws = pick(4) == 0 ? lived.first : nil
    let name =
      "\(state.active.payload) \(state.active.sequence) \(state.root.digest) \(fee) \(isPlugin) \(soon) \(later) "
      + (withdraws ?? "")
    let begin = Clock.begin / 1000
    let (expires, notBefore) = (begin + Int64(soon * 8 * 60), begin + Int64(later * 5 * 60))
    let payload = try world.payload(name) {
      var changes: [(String, JSON?)] = []
      if soon > 0 { changes.append(("expires", .string(Instant(seconds: expires).text))) }
      if later > 0 { changes.append(("not_before", .string(Instant(seconds: notBefore).text))) }
      if let withdraws { changes.append(("withdrawn", [.string(withdraws)])) }
      return try world.committee.fee(
        fee, after: state, plugin: isPlugin ? "return { \(fee) }" : "return {}", changes: changes)
    }
    let signers = someSigners()
    let isNew = known[payload.digest] == nil
    if !take(.proposed, payload.digest, signed(payload, by: signers)) { return }
    #expect(isNew && ModelWorld.isEnforced(version))
    guard case .rulebook(let rulebook) = payload.content else { return }
    let isPolicy = rulebook.files.change(from: state.active.files) == .policies
    known[payload.digest] = Known(
      payload: payload, signers: signers, delay: isPolicy ? 120_000 : 240_000, root: version,
      sequence: rulebook.sequence, previous: rulebook.previous, expires: soon > 0 ? expires : .max,
      notBefore: later > 0 ? notBefore : .min, withdraws: withdraws)
    count(payload.digest)
  }

  private mutating func proposeRoot() throws {
    let next = version + Int64(pick(6) == 0 ? 2 : 1)
    let payload = try world.payload("root \(next)") { ModelWorld.root(world.committee, next) }
    let signers = someSigners()
    if take(.proposed, payload.digest, signed(payload, by: signers)) {
      #expect(next == version + 1)
      known[payload.digest] = Known(
        payload: payload, signers: signers, delay: 300_000, root: version, sequence: nil, previous: "")
      count(payload.digest)
    }
  }

  private mutating func sign() throws {
    guard let digest = known.keys.sorted().randomElement(using: &random), let proposal = known[digest] else { return }
    let signers = someSigners()
    if take(.signed, digest, signed(proposal.payload, by: signers)) {
      #expect(!proposal.isOver)
      known[digest]?.signers.formUnion(signers)
      count(digest)
    }
  }

  /// Whether the model thinks that enough holders signed.
  private func isSigned(_ proposal: Known) -> Bool {
    let now = world.holders(version)
    if proposal.sequence != nil { return proposal.signers.intersection(now.rules).count >= now.threshold }
    let next = world.holders(version + 1)
    return proposal.signers.intersection(now.rules).count >= now.threshold
      && proposal.signers.intersection(next.rules).count >= next.threshold
  }

  private mutating func count(_ digest: String) {
    guard let proposal = known[digest], proposal.approved == nil, isSigned(proposal) else { return }
    known[digest]?.approved = running
  }

  /// A step of at most a minute and a half; sometimes the host is down meanwhile.
  private mutating func pass() throws {
    let milliseconds = Int64(pick(95)) * 1000
    clock.advance(milliseconds)
    if pick(4) == 0 { return }
    let ran = pick(5) == 0 ? milliseconds + 5000 : milliseconds
    let isPossible = ran <= 90_000 && ran <= clock.ledger - state.last.ledger + 1000
    #expect(take(.ran, "", ran: ran) == isPossible)
    if isPossible { running += ran }
  }

  private mutating func veto() throws {
    guard let digest = known.keys.sorted().randomElement(using: &random), let proposal = known[digest] else { return }
    let envelope = world.committee.act(.veto(proposal: digest), at: clock)
    let signers = someSigners()
    let isSigned = signers.intersection(world.holders(version).guardians).count >= 2
    let wasTaken = take(.vetoed, digest, signed(try SignedPayload(envelope), by: signers))
    #expect(wasTaken == (!proposal.isOver && isSigned && ModelWorld.isEnforced(version)))
    if wasTaken {
      known[digest]?.isOver = true
      tally.vetoes += 1
    }
  }

  /// An emergency that goes back to a rulebook, or without one holds activations.
  private mutating func begin(_ digest: String?) throws {
    let action = digest.map { GovernanceAct.Action.revert(digest: $0) } ?? .hold
    let envelope = world.committee.act(action, sequence: state.active.sequence, at: clock)
    let signers = someSigners()
    let holders = world.holders(version)
    let signed = signers.intersection(holders.rules).count
    let isRenewal = acts.contains { ($0.digest == nil) == (digest == nil) && now < $0.ends + 180 }
    let isKnown = acts.contains { $0.payload == envelope.digest && now < $0.ends + 180 }
    let mayGoBack = digest.map { lived.suffix(10).contains($0) && !withdrawn.contains($0) } ?? true
    let may =
      ModelWorld.isEnforced(version) && signed >= 2 && mayGoBack && !isKnown
      && (!isRenewal || signed >= holders.threshold)
    let did = take(.emergency, envelope.digest, self.signed(try SignedPayload(envelope), by: signers))
    #expect(did == may, "\(action): the model says \(may)")
    if !did { return }
    acts.append(Act(payload: envelope.digest, ends: now + 180, digest: digest))
    if digest == nil { tally.holds += 1 } else { tally.reverts += 1 }
  }

  /// The host dies and reads its steps again: it is where it was.
  private mutating func crash() throws {
    tally.crashes += 1
    var again = try GovernanceState(founding: world.founding, check: world.check)
    for step in steps { try again.take(step) }
    #expect(again.active == state.active)
    #expect(again.open == state.open)
    #expect(again.finished == state.finished)
    #expect(again.root == state.root)
    #expect(again.emergencies == state.emergencies)
    #expect(again.lapsed == state.lapsed)
    #expect(again.withdrawn == state.withdrawn)
    #expect(again.running == state.running)
    state = again
  }

  private mutating func settle() throws {
    while let step = try state.due(at: clock.moment()) {
      try state.take(step)
      keep(step)
      switch step.kind {
      case .ready:
        let proposal = try #require(known[step.subject])
        let approved = try #require(proposal.approved)
        #expect(running - approved >= proposal.delay)
        #expect(min(clock.ledger, clock.wall) / 1000 >= proposal.notBefore)
        known[step.subject]?.isReady = true
        known[step.subject]?.readyAt = clock.ledger
      case .expired, .superseded:
        known[step.subject]?.isOver = true
        if step.kind == .expired { tally.expired += 1 }
      case .approved: #expect(known[step.subject]?.approved != nil)
      case .lapsed: #expect(acts.contains { $0.ends <= now })
      default: Issue.record("\(step.kind) was due")
      }
    }
  }

  private mutating func activate(_ digest: String) throws {
    let proposal = try #require(known[digest])
    let isHeld = acts.contains { $0.digest == nil && now < $0.ends }
    let isDue = proposal.approved.map { running - $0 >= proposal.delay } ?? false
    let latest = max(clock.ledger, clock.wall) / 1000
    let isInTime = latest < proposal.readyAt / 1000 + 1800 && latest < proposal.expires
    let follows =
      proposal.sequence.map { $0 == state.active.sequence + 1 && proposal.previous == state.active.payload } ?? true
    let may =
      !proposal.isOver && proposal.isReady && isDue && !isHeld && isInTime && follows && proposal.root == version
      && isSigned(proposal)
    let before = state.active
    let beginsAgain = proposal.sequence == nil && !ModelWorld.isEnforced(version)
    let did = take(.activated, digest, files: beginsAgain ? Committee.files : nil)
    #expect(did == may, "\(digest): the model says \(may)")
    if !did {
      #expect(state.active == before)
      return
    }
    known[digest]?.isOver = true
    if proposal.sequence == nil {
      tally.roots += 1
      version += 1
      // What is for the rules in force ends with governance.
      let now = now
      if !ModelWorld.isEnforced(version) { acts.removeAll { now < $0.ends } }
      if beginsAgain, ModelWorld.isEnforced(version) { lived.append(Committee.files.digest) }
    } else {
      tally.rulebooks += 1
      #expect(state.active.payload == digest)
      lived.append(state.active.digest)
      if let gone = proposal.withdraws { withdrawn.insert(gone) }
      // Nothing is to go back to any more.
      for place in acts.indices where acts[place].digest != nil && now < acts[place].ends { acts[place].ends = now }
    }
    try settle()
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
