import Core
import Cryptography
import Governance
import GovernanceTesting
import Testing

@Suite struct RootTests {
  @Test func `a root says who may sign what`() throws {
    let committee = try Committee()
    let root = try GovernanceRoot(committee.root())
    #expect(root.version == 1)
    #expect(root.mode == .enforce)
    #expect(root.roles[.rules]?.threshold == 3)
    #expect(root.roles[.guardian]?.keys == Array(committee.keys[5..<7]))
    #expect(root.delay(of: .policies) == Period(seconds: 86_400))
    #expect(root.delay(of: .plugins) == Period(seconds: 3 * 86_400))
    #expect(root.holders[committee.keys[0].id] == "h0")
  }

  @Test func `thresholds outside one and the number of keys are refused`() throws {
    let committee = try Committee()
    for threshold in [0, 6] as [Int64] {
      #expect(code { _ = try GovernanceRoot(committee.root(threshold: threshold)) } == .root)
    }
    #expect(code { _ = try GovernanceRoot(committee.root(threshold: -1)) } == .malformed)
    #expect(code { _ = try GovernanceRoot(committee.root(threshold: 5)) } == nil)
  }

  @Test func `a key under two ids, under an id of another, or a weak one is refused`() throws {
    let committee = try Committee()
    let good = try #require(try JSON(parsing: committee.root().payload)["keys"]?.object)
    func root(_ change: (inout JSON.Object) -> Void) -> GovernanceError.Code? {
      var keys = good
      change(&keys)
      return code { _ = try GovernanceRoot(committee.root(changes: [("keys", .object(keys))])) }
    }
    let first = good.members[0]
    #expect(root { $0.append(String(repeating: "a", count: 64), first.value) } == .root)
    #expect(root { $0[first.name] = good.members[1].value } == .root)
    #expect(root { $0[first.name] = nil } == .root)
    func entry(_ bytes: [UInt8]) -> JSON {
      ["scheme": "ed25519", "public": .string(Hexadecimal.text(bytes)), "holder": "x"]
    }
    let zero = [UInt8](repeating: 0, count: 32)
    #expect(root { $0.append(HolderKey.id(of: zero), entry(zero)) } == .root)
    let notCanonical = [0xEE] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]
    #expect(root { $0.append(HolderKey.id(of: notCanonical), entry(notCanonical)) } == .root)
    #expect(root { $0.append(first.name.uppercased(), first.value) } == .root)
  }

  @Test(
    arguments: [
      ("spec", "2.0"), ("mode", "maybe"), ("realm", "5E"), ("version", 0), ("version", "1"), ("expires", "tomorrow"),
      ("grace", "P0"), ("delays", ["policies": "PT24H", "plugins": "PT72H"]), ("surprise", 1), ("_type", "rulebook"),
      ("roles", [:]), ("keys", []), ("emergency_max", nil),
    ] as [(String, JSON?)])
  func `each member has one form, and no other member is taken`(name: String, value: JSON?) throws {
    let committee = try Committee()
    #expect(code { _ = try GovernanceRoot(committee.root(changes: [(name, value)])) } == .malformed)
  }

  @Test func `a root in an envelope of another type is no root`() throws {
    let committee = try Committee()
    let payload = committee.root().payload
    for type in [RulebookProposal.payloadType, GovernanceAct.Kind.veto.payloadType] {
      let error = code { _ = try SignedPayload(Envelope(payloadType: type, payload: payload)) }
      #expect(error == .malformed)
    }
    #expect(code { _ = try SignedPayload(Envelope(payloadType: "text/plain", payload: payload)) } == .payloadType)
    #expect(
      code { _ = try GovernanceRoot(Envelope(payloadType: RulebookProposal.payloadType, payload: payload)) }
        == .payloadType)
  }

  @Test func `governance begins with a root that its own threshold signed`() throws {
    let committee = try Committee()
    func founded(_ root: Envelope, by signers: [Int]) -> GovernanceError.Code? {
      code {
        let payload = try committee.payload(root, by: signers)
        _ = try GovernanceState(
          founding: GovernanceStep(.founded, root.digest, Clock().moment(), payload, files: Committee.files))
      }
    }
    #expect(founded(committee.root(), by: [0, 1, 2]) == nil)
    #expect(founded(committee.root(), by: [0, 1]) == .threshold)
    #expect(founded(committee.root(), by: [5, 6]) == .notSigned)
    #expect(founded(committee.root(2), by: [0, 1, 2]) == .version)
    #expect(founded(committee.root(changes: [("mode", "off")]), by: [0, 1, 2]) == .version)
    #expect(founded(committee.root(changes: [("expires", "2026-11-29T16:00:00Z")]), by: [0, 1, 2]) == .expired)
    #expect(founded(committee.root(changes: [("expires", "2026-11-29T16:00:01Z")]), by: [0, 1, 2]) == nil)
  }
}

@Suite struct SignerTests {
  @Test func `one key counts once: twice, under two ids, in two encodings`() throws {
    let committee = try Committee()
    let root = try GovernanceRoot(committee.root())
    let envelope = Envelope(payloadType: "t", payload: [1])
    let signature = try committee.secrets[0].signature(of: envelope)
    let same = [signature.keyID, committee.keys[1].id, "", "nobody"].map {
      Envelope.Signature(keyID: $0, bytes: signature.bytes)
    }
    let signers = root.signers(of: envelope.with(same + same))
    #expect(signers.keys == [committee.keys[0]])
    #expect(signers.signatures == [signature])
    #expect(!signers.reach(.rules, of: root))
    // The same signature in both alphabets of base64 is one signature.
    let text = envelope.with([signature, signature]).json.text
    let parts = text.pieces(at: "+").joined(separator: "-").pieces(at: "/").joined(separator: "_")
    let mixed = try? Envelope(parsing: Array(parts.utf8))
    if let mixed { #expect(root.signers(of: mixed).keys.count <= 1) }
  }

  @Test func `a key id is a hint and decides nothing`() throws {
    let committee = try Committee()
    let root = try GovernanceRoot(committee.root())
    let envelope = Envelope(payloadType: "t", payload: [1])
    // The right signatures under each other's ids.
    let signatures = try (0..<3).map {
      Envelope.Signature(
        keyID: committee.keys[($0 + 1) % 3].id, bytes: try committee.secrets[$0].signature(of: envelope).bytes)
    }
    #expect(root.signers(of: envelope.with(signatures)).keys == Set(committee.keys[0..<3]))
    // The right ids on others' signatures.
    let stranger = try HolderSecret.generate()
    let forged = try (0..<3).map {
      Envelope.Signature(keyID: committee.keys[$0].id, bytes: try stranger.signature(of: envelope).bytes)
    }
    #expect(root.signers(of: envelope.with(forged)).keys.isEmpty)
  }

  @Test func `keys of another role don't count`() throws {
    let committee = try Committee()
    let root = try GovernanceRoot(committee.root())
    let envelope = try committee.signed(Envelope(payloadType: "t", payload: [1]), by: [0, 5, 6])
    let signers = root.signers(of: envelope)
    #expect(signers.count(.rules, of: root) == 1)
    #expect(signers.reach(.guardian, of: root))
    #expect(!signers.reach(.rules, of: root))
  }

  @Test func `32 signatures cost no more than 32 verifications`() throws {
    let secrets = try (0..<32).map { _ in try HolderSecret.generate() }
    let envelope = Envelope(payloadType: "t", payload: [UInt8](repeating: 7, count: 100_000))
    let signed = envelope.with(try secrets.map { try $0.signature(of: envelope) })
    let counter = Counter()
    let check = SignatureCheck { key, signature, message in
      counter.add()
      return key.isValid(signature, for: message)
    }
    #expect(Signers(of: signed, among: secrets.map(\.key), check).keys.count == 32)
    #expect(counter.count == 32)
  }
}

import Synchronization

/// Counts calls.
final class Counter: Sendable {
  private let value = Mutex(0)
  var count: Int { value.withLock { $0 } }
  func add() { value.withLock { $0 += 1 } }
}
