import Core
import Cryptography
import Governance
import Testing

@Suite struct EnvelopeTests {
  @Test func `the known answer of DSSE holds`() {
    let bytes = Envelope.preAuthentication("http://example.com/HelloWorld", Array("hello world".utf8))
    #expect(String(decoding: bytes, as: UTF8.self) == "DSSEv1 29 http://example.com/HelloWorld 11 hello world")
  }

  @Test func `an envelope is read back as it was printed, in either alphabet`() throws {
    let secret = try HolderSecret.generate()
    var envelope = Envelope(payloadType: "t", payload: [0xFB, 0xFF, 0xFE, 0x00])
    try envelope.add([try secret.signature(of: envelope)])
    #expect(try Envelope(parsing: envelope.json.bytes) == envelope)
    #expect(envelope.json["payload"]?.string == "+//+AA==")
    let text = envelope.json.text
    for payload in ["-__-AA", "-__-AA==", "+//+AA"] {
      let other = text.replacing(#""+//+AA==""#, with: "\"\(payload)\"")
      #expect(try Envelope(parsing: Array(other.utf8)).payload == envelope.payload, "\(payload)")
    }
  }

  @Test(arguments: [
    "", "[]", "{}", #"{"payload":"AA==","payloadType":"t"}"#, #"{"payload":"A","payloadType":"t","signatures":[]}"#,
    #"{"payload":"AA=","payloadType":"t","signatures":[]}"#, #"{"payload":"-+AA","payloadType":"t","signatures":[]}"#,
    #"{"payload":"AA==","payloadType":"t","signatures":[{"keyid":1,"sig":""}]}"#,
    #"{"payload":"AA==","payloadType":"t","signatures":[{"keyid":""}]}"#,
    #"{"payload":"AA==","payload":"AQ==","payloadType":"t","signatures":[]}"#,
    #"{"payload":"AA==","payloadType":"t","signatures":[],"signatures":[]}"#,
  ])
  func `what is no envelope is malformed, a repeated member included`(text: String) {
    #expect(code { _ = try Envelope(parsing: Array(text.utf8)) } == .malformed)
  }

  @Test func `32 signatures and 256 KiB are the most`() throws {
    func text(_ count: Int, _ padding: Int) -> [UInt8] {
      let signatures = (0..<count).map { _ in #"{"keyid":"","sig":"AA=="}"# }.joined(separator: ",")
      let text = #"{"payload":"AA==","payloadType":"t","signatures":[\#(signatures)]}"#
      return Array((text + String(repeating: " ", count: padding)).utf8)
    }
    #expect(code { _ = try Envelope(parsing: text(32, 0)) } == nil)
    #expect(code { _ = try Envelope(parsing: text(33, 0)) } == .tooManySignatures)
    #expect(code { _ = try Envelope(parsing: text(1, 300 << 10)) } == .tooLarge)
    var envelope = Envelope(payloadType: "t", payload: [])
    try envelope.add((0..<32).map { .init(keyID: "", bytes: [$0]) })
    #expect(code { try envelope.add([.init(keyID: "", bytes: [99])]) } == .tooManySignatures)
    #expect(code { try envelope.add([.init(keyID: "", bytes: [3])]) } == nil)
  }

  @Test func `a signature is over type and length, so neither can be swapped`() throws {
    let secret = try HolderSecret.generate()
    let envelope = Envelope(payloadType: "ab", payload: Array("cd".utf8))
    let signature = try secret.signature(of: envelope)
    #expect(secret.key.isValid(signature.bytes, for: envelope.signedBytes))
    for (type, body) in [("abc", "d"), ("a", "bcd"), ("b", "cd"), ("ab", "cd ")] {
      let other = Envelope(payloadType: type, payload: Array(body.utf8))
      #expect(!secret.key.isValid(signature.bytes, for: other.signedBytes))
    }
    // A length that is not that of the body.
    #expect(!secret.key.isValid(signature.bytes, for: Array("DSSEv1 2 ab 3 cd".utf8)))
  }

  @Test func `a signature with the order added to its scalar is none`() throws {
    let secret = try HolderSecret.generate()
    let envelope = Envelope(payloadType: "t", payload: [1])
    var bytes = try secret.signature(of: envelope).bytes
    let order: [UInt8] = [
      0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ]
    var carry = 0
    for place in 0..<32 {
      carry += Int(bytes[32 + place]) + Int(order[place])
      bytes[32 + place] = UInt8(carry & 0xFF)
      carry >>= 8
    }
    #expect(!secret.key.isValid(bytes, for: envelope.signedBytes))
  }

  @Test func `a secret survives its PEM and prints nothing of itself`() throws {
    let secret = try HolderSecret.generate()
    let again = try HolderSecret(pem: secret.pem)
    #expect(again.key == secret.key)
    #expect(secret.key.id == Hexadecimal.text(SHA256.hash(secret.key.bytes)))
    for text in ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", secret.publicPEM] {
      #expect(code { _ = try HolderSecret(pem: text) } == .malformed)
    }
  }
}

@Suite struct InstantTests {
  @Test func `instants have one text`() {
    for (seconds, text) in [
      (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"), (1_795_968_000, "2026-11-29T16:00:00Z"),
      (4_107_542_399, "2100-02-28T23:59:59Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
    ] as [(Int64, String)] {
      #expect(Instant(seconds: seconds).text == text)
      #expect(Instant(text)?.seconds == seconds)
    }
    for text in [
      "", "2026-11-29", "2026-11-29T16:00:00", "2026-11-29t16:00:00Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
      "2026-13-01T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-29T24:00:00Z", "2026-11-29T16:00:60Z",
      "2026-11-29T16:00:00+0", "1969-12-31T23:59:59Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
    ] { #expect(Instant(text) == nil, "\(text)") }
  }

  @Test func `days all over four centuries come back`() {
    for day in stride(from: Int64(0), to: 146_097, by: 29) {
      let instant = Instant(seconds: day * 86_400 + 3661)
      #expect(Instant(instant.text) == instant)
    }
  }

  @Test func `periods are days, hours, minutes and seconds in this order`() {
    for (text, seconds) in [
      ("PT24H", 86_400), ("P7D", 604_800), ("P1DT12H30M5S", 131_405), ("PT90S", 90), ("PT0S", 0), ("PT1M", 60),
    ] as [(String, Int64)] {
      #expect(Period(text)?.seconds == seconds)
    }
    for text in [
      "", "P", "PT", "P7", "7D", "P1Y", "P1M", "PT1D", "PT5S1M", "P1DT", "P-1D", "P1.5D", "PT1H1H", "P99999D",
    ] {
      #expect(Period(text) == nil, "\(text)")
    }
    for text in ["P7D", "PT24H", "PT36H", "PT90S", "PT0S", "PT5M", "P14D"] { #expect(Period(text)?.text == text) }
  }
}
