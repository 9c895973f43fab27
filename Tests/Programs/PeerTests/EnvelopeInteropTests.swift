import Core
import Cryptography
import Governance
import GovernanceTesting
import PeerTesting
import Testing

/// Envelopes against securesystemslib, the library of those who made DSSE: it verifies ours, and we verify its.
@Suite(.needsPeers)
struct EnvelopeInteropTests {
  /// securesystemslib, asked through `Tests/Peers/envelopes.py`.
  private struct Peer {
    let process: PeerProcess

    init() throws { process = try PeerProcess([Peers.script("envelopes.py")]) }

    /// The answer; nil when the library refuses what it was given.
    func ask(_ ask: String, _ parameters: [(name: String, value: JSON)]) throws -> JSON? {
      let question = JSON.Object([("ask", .string(ask))] + parameters)
      let answer = try JSON(parsing: process.ask(JSON.object(question).text))
      #expect(answer["result"] != nil || answer["refused"] != nil)
      return answer["result"]
    }

    func verify(_ envelope: Envelope, _ keys: [HolderKey], threshold: Int64) throws -> [String]? {
      let known = JSON.Object(keys.map { ($0.id, .string(Hexadecimal.text($0.bytes))) })
      return try ask(
        "verify", [("envelope", envelope.json), ("keys", .object(known)), ("threshold", .integer(threshold))]
      )?.array?.compactMap(\.string)
    }
  }

  private static let payloads: [[UInt8]] = [
    [], Array("hello world".utf8), [0xFB, 0xFF, 0xFE, 0x00], Array(#"{"_type":"rulebook"}"#.utf8),
    [UInt8](repeating: 0x20, count: 100_000),
  ]

  @Test func `both sign the same bytes`() throws {
    let peer = try Peer()
    for type in ["http://example.com/HelloWorld", RulebookProposal.payloadType, "", "größe 11 x"] {
      for payload in Self.payloads {
        let ours = Hexadecimal.text(Envelope.preAuthentication(type, payload))
        let theirs = try peer.ask("pae", [("type", .string(type)), ("payload", .string(Hexadecimal.text(payload)))])
        #expect(theirs?.string == ours, "\(type), \(payload.count) bytes")
      }
    }
    let known = try peer.ask(
      "pae",
      [
        ("type", "http://example.com/HelloWorld"), ("payload", .string(Hexadecimal.text(Array("hello world".utf8)))),
      ])
    let text = known?.string.flatMap { Hexadecimal.bytes($0) }.map { String(decoding: $0, as: UTF8.self) }
    #expect(text == "DSSEv1 29 http://example.com/HelloWorld 11 hello world")
  }

  @Test func `it verifies ours by their threshold, and nothing that was changed`() throws {
    let peer = try Peer()
    let committee = try Committee()
    let root = committee.root()
    let state = try committee.founded()
    for envelope in [root, try committee.fee(4, after: state), committee.act(.hold, at: Clock())] {
      let signed = try committee.signed(envelope, by: [0, 1, 2])
      #expect(try peer.verify(signed, committee.keys, threshold: 3) == committee.keys[0..<3].map(\.id).sorted())
      #expect(try peer.verify(signed, committee.keys, threshold: 4) == nil)
      #expect(try peer.verify(signed, Array(committee.keys[1...]), threshold: 3) == nil)
      let changed = Envelope(
        payloadType: signed.payloadType, payload: signed.payload + [0x20], signatures: signed.signatures)
      #expect(try peer.verify(changed, committee.keys, threshold: 1) == nil)
      let swapped = Envelope(payloadType: "text/plain", payload: signed.payload, signatures: signed.signatures)
      #expect(try peer.verify(swapped, committee.keys, threshold: 1) == nil)
    }
  }

  @Test(arguments: [false, true])
  func `we verify its, in either alphabet, and nothing that was changed`(isURLSafe: Bool) throws {
    let peer = try Peer()
    for payload in Self.payloads {
      let answer = try peer.ask(
        "sign",
        [
          ("type", .string(RulebookProposal.payloadType)), ("payload", .string(Hexadecimal.text(payload))),
          ("count", 5), ("urlsafe", .bool(isURLSafe)),
        ])
      let made = try #require(answer)
      let envelope = try Envelope(parsing: try #require(made["envelope"]).bytes)
      #expect(envelope.payload == payload)
      let keys = try #require(made["keys"]?.object).members.map { member in
        let key = try HolderKey(try #require(member.value.string.flatMap { Hexadecimal.bytes($0) }))
        #expect(key.id == member.name)
        return key
      }
      #expect(Signers(of: envelope, among: keys, .ed25519).keys == Set(keys))
      let changed = Envelope(
        payloadType: envelope.payloadType, payload: payload + [1], signatures: envelope.signatures)
      #expect(Signers(of: changed, among: keys, .ed25519).keys.isEmpty)
    }
  }
}
