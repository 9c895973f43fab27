import Core
import Foundation
import Governance
import GovernanceTesting
import Testing

/// The state machine against a model that says in the plainest words when something may come into force.
@Suite struct ModelTests {
  @Test func `no sequence of steps brings into force what the model wouldn't`() throws {
    let environment = ProcessInfo.processInfo.environment
    let seed = environment["CASCADE_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...(.max))
    let count = environment["CASCADE_SEQUENCES"].flatMap { Int($0) } ?? 300
    print("governance: CASCADE_SEED=\(seed), \(count) sequences")
    let world = try ModelWorld()
    var (activations, roots) = (0, 0)
    for sequence in 0..<UInt64(count) {
      var course = try Course(world, seed: seed &+ sequence)
      for _ in 0..<40 { try course.act() }
      activations += course.activations
      roots += course.roots
    }
    print("governance: \(activations) activations, \(roots) of them roots")
    #expect(activations > count / 4)
    #expect(roots > 0)
  }
}

/// What all courses share: keys, and payloads that were read before.
final class ModelWorld {
  let committee: Committee
  /// A signature is the key and what it signed, so that counting is real and cheap.
  let check = SignatureCheck { key, signature, message in signature == ModelWorld.signature(key, message) }
  private var payloads: [String: SignedPayload] = [:]
  let founding: GovernanceStep

  init() throws {
    let committee = try Committee()
    self.committee = committee
    let root = Self.root(committee, 1)
    founding = GovernanceStep(
      .founded, root.digest, Clock().moment(),
      try SignedPayload(root.with((0..<3).map { Self.sign(root, committee.keys[$0]) })), files: Committee.files)
  }

  static func signature(_ key: HolderKey, _ message: [UInt8]) -> [UInt8] {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for place in stride(from: message.count - 1, through: 0, by: -11) {
      hash = (hash ^ UInt64(message[place])) &* 0x100_0000_01b3
    }
    return key.bytes + withUnsafeBytes(of: hash) { Array($0) }
  }

  static func sign(_ envelope: Envelope, _ key: HolderKey) -> Envelope.Signature {
    Envelope.Signature(keyID: key.id, bytes: signature(key, envelope.signedBytes))
  }

  /// Roots whose delays are minutes; an even version has other holders.
  static func root(_ committee: Committee, _ version: Int64) -> Envelope {
    let isEven = version.isMultiple(of: 2)
    return committee.root(
      version, holders: isEven ? 1..<6 : 0..<5, guardians: isEven ? 0..<2 : 5..<7, threshold: isEven ? 2 : 3,
      changes: [
        ("delays", ["policies": "PT2M", "plugins": "PT4M", "root": "PT5M"]), ("grace", "PT30M"),
        ("emergency_max", "PT3M"),
      ])
  }

  func holders(_ version: Int64) -> (rules: Set<Int>, guardians: Set<Int>, threshold: Int) {
    version.isMultiple(of: 2) ? ([1, 2, 3, 4, 5], [0, 1], 2) : ([0, 1, 2, 3, 4], [5, 6], 3)
  }

  func payload(_ name: String, _ make: () throws -> Envelope) throws -> SignedPayload {
    if let known = payloads[name] { return known }
    let made = try SignedPayload(try make())
    payloads[name] = made
    return made
  }
}

/// One course: random steps, taken by the state and told to the model.
struct Course {
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
    let root: Int64
    let sequence: Int64?
    let previous: String
  }

  private let world: ModelWorld
  private var random: SplitMix
  private var state: GovernanceState
  private var steps: [GovernanceStep] = []
  private var clock = Clock()
  private var known: [String: Known] = [:]
  private var running: Int64 = 0
  private var holdUntil: Int64 = 0
  private var lastHold: Int64 = .min
  private var version: Int64 = 1
  private(set) var activations = 0
  private(set) var roots = 0

  init(_ world: ModelWorld, seed: UInt64) throws {
    self.world = world
    random = SplitMix(state: seed)
    state = try GovernanceState(founding: world.founding, check: world.check)
  }

  private mutating func pick(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }

  mutating func act() throws {
    switch pick(13) {
    case 0, 1: try propose()
    case 2: try proposeRoot()
    case 3, 4: try sign()
    case 5, 6, 7: try pass(60)
    case 8: try veto()
    case 9: try hold()
    case 10: try crash()
    case 11: clock.wall += Int64(pick(7) - 3) * 60_000
    default: break
    }
    try settle()
    if let digest = known.keys.sorted().randomElement(using: &random) { try activate(digest) }
  }

  /// Takes a step; whether the state took it.
  private mutating func take(
    _ kind: GovernanceStep.Kind, _ subject: String, _ payload: SignedPayload? = nil, ran: Int64 = 0
  ) -> Bool {
    let step = GovernanceStep(kind, subject, clock.moment(ran: ran), payload)
    do {
      try state.take(step)
      steps.append(step)
      return true
    } catch {
      return false
    }
  }

  private mutating func someSigners() -> Set<Int> { Set((0..<7).filter { _ in pick(5) < 2 }) }

  private func signed(_ payload: SignedPayload, by signers: Set<Int>) -> SignedPayload {
    payload.with(signers.sorted().map { ModelWorld.sign(payload.envelope, world.committee.keys[$0]) })
  }

  private mutating func propose() throws {
    let (fee, isPlugin) = (pick(3) + 4, pick(3) == 0)
    let name = "\(state.active.payload) \(state.active.sequence) \(state.root.digest) \(fee) \(isPlugin)"
    let payload = try world.payload(name) {
      try world.committee.fee(fee, after: state, plugin: isPlugin ? "return { \(fee) }" : "return {}")
    }
    let signers = someSigners()
    let isNew = known[payload.digest] == nil
    let wasTaken = take(.proposed, payload.digest, signed(payload, by: signers))
    if !wasTaken { return }
    #expect(isNew)
    guard case .rulebook(let rulebook) = payload.content else { return }
    let isPolicy = rulebook.files.change(from: state.active.files) == .policies
    known[payload.digest] = Known(
      payload: payload, signers: signers, delay: isPolicy ? 120_000 : 240_000, root: version,
      sequence: rulebook.sequence, previous: rulebook.previous)
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

  /// Some steps of at most a minute and a half; sometimes the host is down meanwhile.
  private mutating func pass(_ seconds: Int64) throws {
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
    let now = world.holders(version)
    let isAllowed = !proposal.isOver && signers.intersection(now.guardians).count >= 2
    let isCurrent = Instant(seconds: clock.ledger / 1000).later(by: 72 * 3600) > clock.moment().latest
    let wasTaken = take(.vetoed, digest, signed(try SignedPayload(envelope), by: signers))
    #expect(wasTaken == (isAllowed && isCurrent))
    if wasTaken { known[digest]?.isOver = true }
  }

  private mutating func hold() throws {
    let envelope = world.committee.act(.hold, sequence: state.active.sequence, at: clock)
    let signers = someSigners()
    let now = world.holders(version)
    if take(.emergency, envelope.digest, signed(try SignedPayload(envelope), by: signers)) {
      #expect(signers.intersection(now.rules).count >= 2)
      let isRenewal = clock.ledger / 1000 < lastHold
      #expect(!isRenewal || signers.intersection(now.rules).count >= now.threshold)
      holdUntil = max(holdUntil, clock.ledger / 1000 + 180)
      lastHold = clock.ledger / 1000 + 360
    }
  }

  /// The host dies and reads its steps again: it is where it was.
  private mutating func crash() throws {
    var again = try GovernanceState(founding: world.founding, check: world.check)
    for step in steps { try again.take(step) }
    #expect(again.active == state.active)
    #expect(again.open == state.open)
    #expect(again.finished == state.finished)
    #expect(again.root == state.root)
    #expect(again.emergencies == state.emergencies)
    #expect(again.running == state.running)
    state = again
  }

  private mutating func settle() throws {
    while let step = try state.due(at: clock.moment()) {
      try state.take(step)
      steps.append(step)
      switch step.kind {
      case .ready:
        let proposal = try #require(known[step.subject])
        let approved = try #require(proposal.approved)
        #expect(running - approved >= proposal.delay)
        known[step.subject]?.isReady = true
        known[step.subject]?.readyAt = clock.ledger
      case .expired, .superseded: known[step.subject]?.isOver = true
      case .approved: #expect(known[step.subject]?.approved != nil)
      default: break
      }
    }
  }

  private mutating func activate(_ digest: String) throws {
    let proposal = try #require(known[digest])
    let isHeld = clock.ledger / 1000 < holdUntil
    let isDue = proposal.approved.map { running - $0 >= proposal.delay } ?? false
    let isInTime = max(clock.ledger, clock.wall) / 1000 < proposal.readyAt / 1000 + 1800
    let follows =
      proposal.sequence.map { $0 == state.active.sequence + 1 && proposal.previous == state.active.payload } ?? true
    let may =
      !proposal.isOver && proposal.isReady && isDue && !isHeld && isInTime && follows && proposal.root == version
      && isSigned(proposal)
    let before = state.active
    let did = take(.activated, digest)
    #expect(did == may, "\(digest): the model says \(may)")
    if !did {
      #expect(state.active == before)
      return
    }
    activations += 1
    known[digest]?.isOver = true
    if proposal.sequence == nil {
      roots += 1
      version += 1
    } else {
      #expect(state.active.payload == digest)
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
