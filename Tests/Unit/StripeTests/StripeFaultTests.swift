import Commerce
import Core
import Cryptography
import NIOHTTP1
import Outbound
import StandIns
import Stripe
import Testing

/// What the client makes of a Stripe that fails, stalls, lies or falls silent.
struct StripeFaultTests {
  private let payment = StripeSetting.payment(1)

  private func create(_ setting: StripeSetting) async throws(ProviderError) -> PaymentIntent {
    try await setting.client.createIntent(StripeSetting.request(payment), idempotencyKey: payment)
  }

  @Test(
    arguments: [
      [.status(409)], [.status(500)], [.status(503), .status(502)], [.closed], [.replyLost],
      [.status(429, headers: ["Stripe-Should-Retry": "true"])], [.replyLost, .closed, .status(500), .status(409)],
    ] as [[StripeFault]])
  func `what fails for a while is done once`(script: [StripeFault]) async throws {
    try await StripeSetting.with { setting in
      setting.stripe.script(script)
      let intent = try await create(setting)
      #expect(setting.stripe.intents.map(\.id) == [intent.id])
      let keys = setting.stripe.requests.map { $0.headers.first(name: "idempotency-key") }
      #expect(keys == Array(repeating: payment.description, count: script.count + 1))
      #expect(setting.waits.all == [500, 1000, 2000, 4000].prefix(script.count).map { .milliseconds($0) })
    }
  }

  @Test func `a request repeated is the same, byte for byte`() async throws {
    try await StripeSetting.with { setting in
      setting.stripe.script([.status(500), .status(500), .status(500)])
      _ = try await create(setting)
      let forms = setting.stripe.requests.map { $0.fields.map { "\($0.name)=\($0.value)" } }
      #expect(forms.count == 4 && Set(forms).count == 1)
    }
  }

  @Test func `a key repeated after the reply was lost answers the same intent`() async throws {
    try await StripeSetting.with(policy: RetryPolicy(attempts: 1)) { setting in
      setting.stripe.script([.replyLost])
      let error = await StripeSetting.failure { try await create(setting) }
      #expect(error?.code == .outcomeUnknown && error?.isOutcomeUnknown == true)
      let intent = try await create(setting)
      #expect(setting.stripe.intents.map(\.id) == [intent.id])
    }
  }

  @Test func `a key used for another request is a conflict`() async throws {
    try await StripeSetting.with { setting in
      _ = try await create(setting)
      let other = StripeSetting.request(payment, amount: 1)
      let error = await StripeSetting.failure {
        try await setting.client.createIntent(other, idempotencyKey: payment)
      }
      #expect(error?.code == .conflict && error?.reason == "idempotency_error")
    }
  }

  @Test func `a failing server leaves a change open, and a reading not`() async throws {
    try await StripeSetting.with(policy: RetryPolicy(attempts: 3)) { setting in
      setting.stripe.script(Array(repeating: .status(500), count: 6))
      #expect(await StripeSetting.failure { try await create(setting) }?.code == .outcomeUnknown)
      #expect(await StripeSetting.failure { try await setting.client.intent("pi_1") }?.code == .unavailable)
      #expect(setting.stripe.requests.count == 6)
    }
  }

  @Test func `too many requests stand unless Stripe says otherwise`() async throws {
    try await StripeSetting.with { setting in
      setting.stripe.script([.status(429)])
      let error = await StripeSetting.failure { try await create(setting) }
      #expect(error?.code == .rateLimited && error?.isTransient == true && setting.waits.all.isEmpty)
    }
  }

  @Test func `Stripe may forbid to try again`() async throws {
    try await StripeSetting.with { setting in
      setting.stripe.script([.status(500, headers: ["Stripe-Should-Retry": "false"])])
      #expect(await StripeSetting.failure { try await create(setting) }?.code == .outcomeUnknown)
      #expect(setting.stripe.requests.count == 1)
    }
  }

  @Test func `the wait that Stripe asks for is waited`() async throws {
    try await StripeSetting.with { setting in
      setting.stripe.script([
        .status(503, headers: ["Retry-After": "30"]), .status(503, headers: ["Retry-After": "soon"]),
        .status(503, headers: ["Retry-After": "61"]),
      ])
      #expect(await StripeSetting.failure { try await create(setting) }?.code == .outcomeUnknown)
      #expect(setting.waits.all == [.seconds(30), .seconds(1)])
    }
  }

  @Test func `a Stripe that never answers is given up`() async throws {
    try await StripeSetting.with(policy: RetryPolicy(attempts: 2), timeout: .seconds(1)) { setting in
      setting.stripe.script([.hangs, .hangs])
      #expect(await StripeSetting.failure { try await create(setting) }?.code == .outcomeUnknown)
      #expect(setting.stripe.requests.count == 2 && setting.stripe.intents.count == 1)
    }
  }

  @Test func `a slow answer is waited for`() async throws {
    try await StripeSetting.with { setting in
      setting.stripe.script([.delayed(.milliseconds(100))])
      _ = try await create(setting)
      #expect(setting.stripe.requests.count == 1)
    }
  }

  @Test(arguments: ["", "<html>", "[]", "{}", #"{"object":"payment_intent","id":"pi_1"}"#])
  func `an answer that is no intent leaves it open what was done`(text: String) async throws {
    try await StripeSetting.with { setting in
      setting.stripe.script([.garbled(Array(text.utf8))])
      #expect(await StripeSetting.failure { try await create(setting) }?.code == .outcomeUnknown)
      #expect(setting.stripe.requests.count == 1)
    }
  }

  @Test func `an intent without what was received is not read as one with nothing`() async throws {
    try await StripeSetting.with { setting in
      let made = try await create(setting)
      let json = StripeJSON.intent(made)
      let names = ["amount", "amount_received", "currency", "status", "livemode", "metadata", "created"]
      for name in names {
        var members = try #require(json.object)
        members[name] = nil
        setting.stripe.script([.garbled(JSON.object(members).bytes)])
        #expect(await StripeSetting.failure { try await setting.client.intent(made.id) }?.code == .unavailable)
      }
    }
  }

  @Test func `an endless answer is cut off`() async throws {
    try await StripeSetting.with { setting in
      setting.stripe.script([.garbled([UInt8](repeating: UInt8(ascii: " "), count: 5 << 20))])
      #expect(await StripeSetting.failure { try await create(setting) }?.code == .outcomeUnknown)
      #expect(setting.stripe.requests.count == 1)
    }
  }

  @Test func `a redirect is not followed`() async throws {
    try await StripeSetting.with { setting in
      setting.stripe.script([.status(307, headers: ["Location": "/v1/payment_intents"])])
      #expect(await StripeSetting.failure { try await create(setting) }?.code == .invalidRequest)
      #expect(setting.stripe.requests.count == 1)
    }
  }

  @Test func `nobody listening means nothing was done`() async throws {
    let http = OutboundClient(limits: StripeClient.httpLimits)
    let stripe = FakeStripe(clock: { StripeSetting.now })
    let address = try await stripe.start()
    try await stripe.stop()
    let pacing = StripePacing(sleep: { _ in }, random: { 0 })
    let key = try #require(StripeKey(FakeStripe.key))
    let client = StripeClient(http: http, key: key, address: address, pacing: pacing)
    let reached = try #require(client)
    let error = await StripeSetting.failure {
      try await reached.createIntent(StripeSetting.request(payment), idempotencyKey: payment)
    }
    #expect(error?.code == .unavailable && error?.isOutcomeUnknown == false)
    await http.shutdown()
  }

  @Test func `a cancelled task stops waiting`() async throws {
    try await StripeSetting.with(sleep: { _ in throw CancellationError() }) { setting in
      setting.stripe.script([.status(500), .status(500)])
      #expect(await StripeSetting.failure { try await create(setting) }?.code == .outcomeUnknown)
      #expect(setting.stripe.requests.count == 1)
    }
  }

  @Test func `the key shows nowhere, not even when Stripe echoes it`() async throws {
    try await StripeSetting.with(policy: RetryPolicy(attempts: 1)) { setting in
      let key = FakeStripe.key
      setting.stripe.script([.status(400, message: "bad key \(key)!"), .status(401, message: "key \(key)")])
      let errors = [
        await StripeSetting.failure { try await create(setting) },
        await StripeSetting.failure { try await create(setting) },
      ]
      #expect(errors.map { $0?.code } == [.invalidRequest, .authentication])
      let shown =
        errors.map { "\(String(describing: $0)) \(String(reflecting: $0))" } + [
          "\(setting.client)", String(reflecting: setting.client), "\(String(describing: StripeKey(key)))",
          String(reflecting: StripeKey(key)),
        ]
      var dumped = ""
      dump(setting.client, to: &dumped)
      dump(StripeKey(key), to: &dumped)
      #expect(!(shown + [dumped]).contains { $0.contains("fakefake") })
    }
  }

  @Test(arguments: [
    "http://api.stripe.com", "http://127.0.0.1.example.com:80", "https://user@api.stripe.com", "ftp://x", "",
  ])
  func `the key is not sent in clear or to a strange address`(address: String) throws {
    let http = OutboundClient()
    let key = try #require(StripeKey(FakeStripe.key))
    #expect(StripeClient(http: http, key: key, address: address) == nil)
  }

  @Test(arguments: ["", "sk_test_", "pk_test_abc", "sk_test_a b", "sk_test_a\n", "SK_TEST_abc", "whsec_abc"])
  func `what is no secret key is not taken`(text: String) { #expect(StripeKey(text) == nil) }

  @Test func `a key tells whether it moves real money`() {
    #expect(StripeKey("sk_live_a1")?.livemode == true && StripeKey("rk_live_a1")?.livemode == true)
    #expect(StripeKey("sk_test_a1")?.livemode == false && StripeKey("rk_test_a1")?.livemode == false)
  }

  @Test func `under any seeded faults each payment has one intent`() async throws {
    let seed = SecureRandom.word()
    print("faults seed \(seed)")
    try await StripeSetting.with { setting in
      setting.stripe.setFaults(FakeStripe.seededFaults(seed: seed, oneIn: 3))
      for number in 1...60 as ClosedRange<UInt64> {
        let payment = StripeSetting.payment(number)
        var made: PaymentIntent?
        while made == nil {
          do throws(ProviderError) {
            made = try await setting.client.createIntent(StripeSetting.request(payment), idempotencyKey: payment)
          } catch {
            #expect(error.isTransient, "seed \(seed): \(error)")
          }
        }
        #expect(made?.metadata["payment"] == payment.description, "seed \(seed)")
      }
      #expect(setting.stripe.intents.count == 60, "seed \(seed)")
    }
  }
}
