import Core
import Governance
import GovernanceTesting
import Testing

/// What somebody might try with envelopes, beside what the tests of each part try.
@Suite struct AttackTests {
  @Test func `a signature in both alphabets of base64, with and without padding, is one signature`() throws {
    let committee = try Committee()
    let root = try GovernanceRoot(committee.root())
    // A payload whose signature has a letter in which the alphabets differ.
    var number: UInt8 = 0
    var envelope = Envelope(payloadType: "t", payload: [number])
    var text = ""
    repeat {
      number += 1
      envelope = try committee.signed(Envelope(payloadType: "t", payload: [number]), by: [0])
      text = try #require(envelope.json["signatures"]?.array?.first?["sig"]?.string)
    } while !(text.contains("+") || text.contains("/"))
    let safe = text.replacing("+", with: "-").replacing("/", with: "_")
    let texts = [text, safe, text.replacing("=", with: ""), safe.replacing("=", with: "")]
    var object = try #require(envelope.json.object)
    object["signatures"] = .array(
      texts.enumerated().map { place, sig in ["keyid": .string(committee.keys[place].id), "sig": .string(sig)] })
    let twice = try Envelope(parsing: JSON.object(object).bytes)
    #expect(twice.signatures.count == 4)
    #expect(root.signers(of: twice).keys == [committee.keys[0]])
    #expect(root.signers(of: twice).signatures.count == 1)
  }

  @Test func `a member that repeats in a payload is refused, wherever it is`() throws {
    let committee = try Committee()
    let state = try committee.founded()
    for envelope in [committee.root(), try committee.fee(4, after: state), committee.act(.hold, at: Clock())] {
      let text = String(decoding: envelope.payload, as: UTF8.self)
      let realm = "\"realm\":\"\(committee.realm)\""
      #expect(text.contains(realm))
      let twice = Envelope(
        payloadType: envelope.payloadType, payload: Array(text.replacing(realm, with: realm + "," + realm).utf8))
      #expect(code { _ = try SignedPayload(twice) } == .malformed)
    }
    let root = String(decoding: committee.root().payload, as: UTF8.self)
    let within = root.replacing("\"threshold\":3", with: "\"threshold\":3,\"threshold\":1")
    #expect(within != root)
    let weak = Envelope(payloadType: GovernanceRoot.payloadType, payload: Array(within.utf8))
    #expect(code { _ = try SignedPayload(weak) } == .malformed)
  }

  @Test func `a root of another realm is none, though the same holders signed it`() throws {
    var bench = try Bench()
    var other = bench.committee
    other.realm = String(repeating: "0f", count: 16)
    #expect(code { try bench.propose(other.root(2), by: [0, 1, 2, 3, 4]) } == .realm)
  }

  @Test func `what is signed for one place counts nothing in another`() throws {
    var bench = try Bench()
    let fee = try bench.committee.fee(4, after: bench.state)
    let digest = try bench.propose(fee, by: [0, 1, 2])
    // The payload of a proposal under the type of a root, an act as a proposal, a proposal as a veto.
    let swapped = Envelope(payloadType: GovernanceRoot.payloadType, payload: fee.payload)
    #expect(code { _ = try bench.committee.payload(swapped, by: [0, 1, 2]) } == .malformed)
    let veto = bench.committee.act(.veto(proposal: digest), at: bench.clock)
    let signed = try bench.committee.payload(veto, by: [0, 1, 2, 3, 4, 5, 6])
    #expect(code { try bench.take(.proposed, veto.digest, signed) } == .payloadType)
    #expect(code { try bench.take(.emergency, veto.digest, signed) } == .payloadType)
    let proposal = try bench.committee.payload(fee, by: [5, 6])
    #expect(code { try bench.take(.vetoed, digest, proposal) } == .payloadType)
    // A veto against one proposal at the address of another.
    let second = try bench.propose(try bench.committee.fee(5, after: bench.state), by: [0])
    #expect(code { try bench.take(.vetoed, second, signed) } == .unknown)
  }

  @Test func `an envelope is measured with its signatures`() throws {
    let long = String(repeating: "A", count: 8 << 10)
    let signatures = JSON.array((0..<32).map { _ in ["keyid": "", "sig": .string(long)] })
    let json: JSON = ["payload": "AA==", "payloadType": "t", "signatures": signatures]
    // Within something else, where nobody has counted the bytes yet.
    #expect(code { _ = try Envelope(json) } == .tooLarge)
    #expect(code { _ = try Envelope(parsing: json.bytes) } == .tooLarge)
  }

  @Test func `an entry carries both clocks`() throws {
    var bench = try Bench()
    bench.clock.advance(60_000)
    bench.clock.wall -= 3_600_000
    let digest = try bench.propose(try bench.committee.fee(4, after: bench.state), by: [0])
    let step = try #require(bench.steps.first { $0.subject == digest })
    let pairs = step.pairs(ledger: "L")
    #expect(pairs["ledger_time"] == String(Clock.begin + 60_000))
    #expect(pairs["wall_time"] == String(Clock.begin + 60_000 - 3_600_000))
    #expect(pairs["ran"] == "0")
  }
}
