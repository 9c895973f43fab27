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
    var tally = ModelCourse.Tally()
    for sequence in 0..<UInt64(count) {
      var course = try ModelCourse(world, seed: seed &+ sequence)
      // Some are long, so that governance ends and begins again.
      for _ in 0..<(sequence % 16 == 0 ? 160 : 40) { try course.act() }
      tally.add(course.tally)
    }
    print("governance: \(tally)")
    #expect(tally.rulebooks > count / 4)
    #expect(tally.roots > 0 && tally.vetoes > 0 && tally.reverts > 0 && tally.crashes > 0)
  }
}

/// What all courses share: keys, and payloads that were read before.
final class ModelWorld {
  let committee: Committee
  /// A signature is the key and what it signed, so that counting is real and cheap.
  let check = SignatureCheck { key, signature, message in signature == ModelWorld.signature(key, message) }
  /// A rulebook that never is in force.
  let never = FileManifest(contents: ["policies/never.lua": []]).digest
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

  /// Roots whose delays are minutes; an even version has other holders, and each third one ends governance.
  static func root(_ committee: Committee, _ version: Int64) -> Envelope {
    let isEven = version.isMultiple(of: 2)
    return committee.root(
      version, holders: isEven ? 1..<6 : 0..<5, guardians: isEven ? 0..<2 : 5..<7, threshold: isEven ? 2 : 3,
      changes: [
        ("delays", ["policies": "PT2M", "plugins": "PT4M", "root": "PT5M"]), ("grace", "PT30M"),
        ("emergency_max", "PT3M"), ("mode", isEnforced(version) ? "enforce" : "off"),
      ])
  }

  static func isEnforced(_ version: Int64) -> Bool { !version.isMultiple(of: 3) }

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
