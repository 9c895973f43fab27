import Commerce
import Core
import Cryptography
import StandIns
import Stripe
import Testing

/// Which webhooks are believed: the table of the payment contract, row by row.
struct WebhookTests {
  private static let secret = Secret("whsec_dGVzdHNlY3JldA".utf8)
  private static let now: Int64 = 1_700_000_000_500
  private static let seconds = now / 1000
  private static let event = PaymentEvent(
    id: "evt_1", type: "payment_intent.succeeded", objectKind: "payment_intent", objectID: "pi_1", intent: "pi_1",
    livemode: false, created: seconds)

  private let webhooks: StripeWebhooks
  private let forge = WebhookForge(secret: secret)
  private let body = WebhookForge.body(event)

  init() throws { webhooks = try #require(StripeWebhooks(secret: Self.secret, livemode: false)) }

  private func refusal(_ body: [UInt8], _ signature: [String]) -> PaymentEventRefusal.Code? {
    do throws(PaymentEventRefusal) {
      _ = try webhooks.event(body: body, signature: signature, now: Self.now)
      return nil
    } catch { return error.code }
  }

  private func refusal(signedAt seconds: Int64) -> PaymentEventRefusal.Code? {
    refusal(body, [forge.signature(body, at: seconds)])
  }

  @Test func `a webhook signed now gives its event`() throws {
    let signature = [forge.signature(body, at: Self.seconds)]
    #expect(try webhooks.event(body: body, signature: signature, now: Self.now) == Self.event)
  }

  @Test func `a signature made elsewhere with the same secret holds`() {
    // printf '1700000000.{…}' | openssl dgst -sha256 -hmac whsec_test, over the body below.
    let body = Array(#"{"id":"evt_9","object":"event"}"#.utf8)
    let code = "c47b077ec23ff4da1dd17d5cbe7799b1ee94fb7e753c489758088d7fbffb8ff7"
    let webhooks = StripeWebhooks(secret: Secret("whsec_test".utf8), livemode: false)
    // The signature holds, so what is refused is the event, which has no type.
    #expect {
      try webhooks?.event(body: body, signature: ["t=1700000000,v1=\(code)"], now: Self.now)
    } throws: {
      ($0 as? PaymentEventRefusal)?.code == .malformedEvent
    }
  }

  @Test func `a webhook without the header is refused`() {
    #expect(refusal(body, []) == .malformedSignature)
    #expect(refusal(body, [""]) == .malformedSignature)
  }

  @Test func `a header sent twice is refused`() {
    let right = forge.signature(body, at: Self.seconds)
    #expect(refusal(body, [right, right]) == .malformedSignature)
  }

  @Test func `two times in a header are refused, also when they are the same`() {
    let right = forge.signature(body, at: Self.seconds)
    #expect(refusal(body, ["t=\(Self.seconds),\(right)"]) == .malformedSignature)
    #expect(refusal(body, ["t=1,\(right)"]) == .malformedSignature)
    #expect(refusal(body, ["\(right),t=1"]) == .malformedSignature)
  }

  @Test(arguments: ["", "-1700000000", "+1700000000", "1.7e9", " 1700000000", "0x65", "99999999999999999999"])
  func `a time that is not all digits is refused`(time: String) {
    let code = forge.code(body, at: Self.seconds)
    #expect(refusal(body, ["t=\(time),v1=\(code)"]) == .malformedSignature)
  }

  @Test func `a header without a time is refused`() {
    #expect(refusal(body, ["v1=\(forge.code(body, at: Self.seconds))"]) == .malformedSignature)
  }

  @Test func `a header without v1 is refused`() {
    #expect(refusal(body, ["t=\(Self.seconds)"]) == .malformedSignature)
  }

  @Test func `a right code under v0 alone is refused`() {
    #expect(refusal(body, ["t=\(Self.seconds),v0=\(forge.code(body, at: Self.seconds))"]) == .malformedSignature)
  }

  @Test func `another scheme beside v1 is passed over`() {
    #expect(refusal(body, ["\(forge.signature(body, at: Self.seconds)),v0=abc"]) == nil)
  }

  @Test func `an odd number of hexadecimal digits is refused`() {
    let code = forge.code(body, at: Self.seconds)
    #expect(refusal(body, ["t=\(Self.seconds),v1=\(code.dropLast())"]) == .malformedSignature)
    #expect(refusal(body, ["t=\(Self.seconds),v1=\(code)0"]) == .malformedSignature)
  }

  @Test func `a code cut short is refused`() {
    let code = forge.code(body, at: Self.seconds)
    #expect(refusal(body, ["t=\(Self.seconds),v1=\(code.prefix(32))"]) == .malformedSignature)
    #expect(refusal(body, ["t=\(Self.seconds),v1="]) == .malformedSignature)
  }

  @Test func `upper-case hexadecimal is refused`() {
    let code = forge.code(body, at: Self.seconds).uppercased()
    #expect(refusal(body, ["t=\(Self.seconds),v1=\(code)"]) == .malformedSignature)
  }

  @Test func `another secret's signature is refused`() {
    let other = WebhookForge(secret: Secret("whsec_other".utf8))
    #expect(refusal(body, [other.signature(body, at: Self.seconds)]) == .wrongSignature)
  }

  @Test func `the secret without its prefix signs wrongly`() {
    let other = WebhookForge(secret: Secret("dGVzdHNlY3JldA".utf8))
    #expect(refusal(body, [other.signature(body, at: Self.seconds)]) == .wrongSignature)
  }

  @Test func `one byte more is refused`() {
    let signature = [forge.signature(body, at: Self.seconds)]
    #expect(refusal(body + [UInt8(ascii: "\n")], signature) == .wrongSignature)
    #expect(refusal([UInt8(ascii: " ")] + body, signature) == .wrongSignature)
  }

  @Test func `any bit changed is refused`() {
    let signature = [forge.signature(body, at: Self.seconds)]
    for index in body.indices {
      var changed = body
      changed[index] ^= 1
      #expect(refusal(changed, signature) == .wrongSignature, "byte \(index)")
    }
  }

  @Test func `a body read and printed again is refused`() throws {
    let signature = [forge.signature(body, at: Self.seconds)]
    let again = Array(try JSON(parsing: body).prettyText.utf8)
    #expect(again != body)
    #expect(refusal(again, signature) == .wrongSignature)
  }

  @Test func `another time than the signed one is refused`() {
    let code = forge.code(body, at: Self.seconds)
    #expect(refusal(body, ["t=\(Self.seconds - 1),v1=\(code)"]) == .wrongSignature)
    #expect(refusal(body, ["t=0\(Self.seconds),v1=\(code)"]) == .wrongSignature)
  }

  @Test(arguments: [-300, -299, 0, 299, 300] as [Int64])
  func `a signature up to 300 seconds old or early holds`(offset: Int64) {
    #expect(refusal(signedAt: Self.seconds + offset) == nil)
  }

  @Test(arguments: [-1_700_000_000, -301, 301, Int64.max - 1_700_000_000] as [Int64])
  func `a signature more than 300 seconds old or early is refused`(offset: Int64) {
    #expect(refusal(signedAt: Self.seconds + offset) == .outsideTolerance)
  }

  @Test func `the second of two signatures may be the right one`() {
    let wrong = String(repeating: "0", count: 64)
    let code = forge.code(body, at: Self.seconds)
    #expect(refusal(body, ["t=\(Self.seconds),v1=\(wrong),v1=\(code)"]) == nil)
    #expect(refusal(body, ["t=\(Self.seconds),v1=\(code),v1=\(wrong)"]) == nil)
    #expect(refusal(body, ["t=\(Self.seconds),v1=\(wrong),v1=\(wrong)"]) == .wrongSignature)
  }

  @Test func `a crowd of signatures is refused`() {
    let crowd = Array(repeating: "v1=\(forge.code(body, at: Self.seconds))", count: 17).joined(separator: ",")
    #expect(refusal(body, ["t=\(Self.seconds),\(crowd)"]) == .malformedSignature)
    #expect(refusal(body, ["t=\(Self.seconds)," + String(repeating: "a=b,", count: 2000)]) == .malformedSignature)
  }

  @Test func `an unknown type gives its event`() throws {
    var event = Self.event
    event.type = "something.new"
    event.objectKind = "thing"
    event.objectID = "th_1"
    event.intent = nil
    let body = WebhookForge.body(event)
    let signature = [forge.signature(body, at: Self.seconds)]
    #expect(try webhooks.event(body: body, signature: signature, now: Self.now) == event)
  }

  @Test func `the intent behind a charge, a refund and a dispute is found`() throws {
    for kind in ["charge", "refund", "dispute"] {
      var event = Self.event
      event.objectKind = kind
      event.objectID = "x_1"
      let body = WebhookForge.body(event)
      let signature = [forge.signature(body, at: Self.seconds)]
      #expect(try webhooks.event(body: body, signature: signature, now: Self.now).intent == "pi_1")
    }
  }

  @Test func `a test event on a live endpoint says so`() throws {
    let live = try #require(StripeWebhooks(secret: Self.secret, livemode: true))
    let signature = [forge.signature(body, at: Self.seconds)]
    let event = try live.event(body: body, signature: signature, now: Self.now)
    #expect(live.livemode && !event.livemode)
  }

  @Test func `an event of a connected account names it`() throws {
    var event = Self.event
    event.account = "acct_other"
    let body = WebhookForge.body(event)
    let signature = [forge.signature(body, at: Self.seconds)]
    #expect(try webhooks.event(body: body, signature: signature, now: Self.now).account == "acct_other")
  }

  @Test func `a body over 1 MiB is refused before its signature is looked at`() {
    let largest = [UInt8](repeating: UInt8(ascii: " "), count: 1 << 20)
    #expect(refusal(largest, ["nonsense"]) == .malformedSignature)
    #expect(refusal(largest + [32], ["nonsense"]) == .tooLarge)
    #expect(refusal(largest + [32], [forge.signature(largest + [32], at: Self.seconds)]) == .tooLarge)
  }

  @Test(arguments: [
    "", "null", "[]", "{}", #"{"object":"event"}"#,
    #"{"id":"evt_1","object":"event","type":"a","created":1,"livemode":"no","data":{"object":{"object":"x"}}}"#,
    #"{"id":"xxx_1","object":"event","type":"a","created":1,"livemode":false,"data":{"object":{"object":"x"}}}"#,
    #"{"id":"evt_1","object":"v2.core.event","type":"a","created":1,"livemode":false}"#,
  ])
  func `a signed body that is no event is refused`(text: String) {
    let body = Array(text.utf8)
    #expect(refusal(body, [forge.signature(body, at: Self.seconds)]) == .malformedEvent)
  }

  @Test(arguments: ["", "whsec_", "sk_test_1", "dGVzdHNlY3JldA"])
  func `a secret that is no signing secret is not taken`(text: String) {
    #expect(StripeWebhooks(secret: Secret(text.utf8), livemode: false) == nil)
  }

  @Test func `in a storm every forgery is refused and every event comes through`() {
    let seed = SecureRandom.word()
    print("storm seed \(seed)")
    let events = (0..<200).map { number in
      var event = Self.event
      event.id = "evt_\(number)"
      return event
    }
    var seen: Set<String> = []
    let storm = forge.storm(events, intent: { _ in nil }, at: Self.seconds, seed: seed)
    for delivery in storm {
      let code = refusal(delivery.body, [delivery.signature])
      #expect((code == nil) == !delivery.isForged, "seed \(seed)")
      if code == nil { seen.insert(delivery.event.id) }
    }
    #expect(seen.count == 200 && storm.count > 200, "seed \(seed)")
    #expect(storm.map(\.event.id) != storm.map(\.event.id).sorted(), "seed \(seed)")
  }
}
