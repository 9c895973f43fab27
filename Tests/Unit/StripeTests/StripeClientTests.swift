import Commerce
import Core
import Cryptography
import NIOHTTP1
import StandIns
import Stripe
import Testing

/// What the client sends, and what it makes of the answers.
struct StripeClientTests {
  private let payment = StripeSetting.payment(1)

  @Test func `an intent is created with what the payment says`() async throws {
    try await StripeSetting.with { setting in
      let request = StripeSetting.request(payment)
      let intent = try await setting.client.createIntent(request, idempotencyKey: payment)
      #expect(intent.status == .requiresPaymentMethod && intent.amount == 1379 && intent.amountReceived == 0)
      #expect(intent.currency == "usd" && !intent.livemode && intent.created == StripeSetting.now / 1000)
      #expect(intent.metadata == request.metadata)
      #expect(intent.clientSecret == Secret("\(intent.id)_secret_x".utf8))
    }
  }

  @Test func `a request carries key, version, form and idempotency key`() async throws {
    try await StripeSetting.with { setting in
      _ = try await setting.client.createIntent(StripeSetting.request(payment), idempotencyKey: payment)
      let sent = try #require(setting.stripe.requests.first)
      #expect(sent.method == .POST && sent.path == "/v1/payment_intents")
      #expect(sent.headers.first(name: "authorization") == "Bearer \(FakeStripe.key)")
      #expect(sent.headers.first(name: "stripe-version") == "2024-06-20")
      #expect(sent.headers.first(name: "idempotency-key") == payment.description)
      #expect(sent.headers.first(name: "content-type") == "application/x-www-form-urlencoded")
      #expect(sent.field("amount") == "1379" && sent.field("currency") == "usd")
      #expect(sent.field("metadata[citizen]") == "Zoë & Marco=ß+ü" && sent.field("metadata[ducats]") == "100.00")
    }
  }

  @Test func `reading sends no idempotency key`() async throws {
    try await StripeSetting.with { setting in
      let made = try await setting.client.createIntent(StripeSetting.request(payment), idempotencyKey: payment)
      #expect(try await setting.client.intent(made.id) == made)
      #expect(setting.stripe.requests.last?.headers.first(name: "idempotency-key") == nil)
    }
  }

  @Test func `a paid intent tells what was received`() async throws {
    try await StripeSetting.with { setting in
      let request = StripeSetting.request(payment, method: "pm_card_visa")
      let intent = try await setting.client.createIntent(request, idempotencyKey: payment)
      #expect(intent.status == .succeeded && intent.amountReceived == 1379)
    }
  }

  @Test func `a decline names its reason and leaves the intent to be paid otherwise`() async throws {
    try await StripeSetting.with { setting in
      let request = StripeSetting.request(payment, method: "pm_card_chargeDeclined")
      let error = await StripeSetting.failure {
        try await setting.client.createIntent(request, idempotencyKey: payment)
      }
      #expect(error?.code == .declined && error?.reason == "generic_decline" && error?.isTransient == false)
      #expect(error?.intent?.status == .requiresPaymentMethod && error?.requestID == "req_fake")
      let id = try #require(error?.intent?.id)
      #expect(try await setting.client.intent(id).lastFailure == "generic_decline")
      setting.stripe.act { _ = $0.confirm(id, "pm_card_visa", at: $1) }
      #expect(try await setting.client.intent(id).status == .succeeded)
    }
  }

  @Test(arguments: PaymentIntentStatus.allCases + [.unknown("brand_new")])
  func `every state is read, also one that is new`(status: PaymentIntentStatus) async throws {
    try await StripeSetting.with { setting in
      let made = try await setting.client.createIntent(StripeSetting.request(payment), idempotencyKey: payment)
      setting.stripe.act { book, _ in book.change(made.id) { $0.status = status } }
      let read = try await setting.client.intent(made.id)
      #expect(read.status == status)
      #expect(read.status.isFinal == [.succeeded, .canceled].contains(status))
    }
  }

  @Test func `a canceled intent can be canceled again`() async throws {
    try await StripeSetting.with { setting in
      let made = try await setting.client.createIntent(StripeSetting.request(payment), idempotencyKey: payment)
      #expect(try await setting.client.cancelIntent(made.id).status == .canceled)
      #expect(try await setting.client.cancelIntent(made.id).status == .canceled)
    }
  }

  @Test(arguments: [PaymentIntentStatus.succeeded, .processing])
  func `an intent that can't be canceled is a conflict that shows it`(status: PaymentIntentStatus) async throws {
    try await StripeSetting.with { setting in
      let made = try await setting.client.createIntent(StripeSetting.request(payment), idempotencyKey: payment)
      setting.stripe.act { book, _ in book.change(made.id) { $0.status = status } }
      let error = await StripeSetting.failure { try await setting.client.cancelIntent(made.id) }
      #expect(error?.code == .conflict && error?.intent?.status == status)
    }
  }

  @Test func `refunds add up, and there are none beyond what was paid`() async throws {
    try await StripeSetting.with { setting in
      let request = StripeSetting.request(payment, method: "pm_card_visa")
      let made = try await setting.client.createIntent(request, idempotencyKey: payment)
      let key = StripeSetting.payment(2)
      let part = try await setting.client.refund(made.id, amount: 379, idempotencyKey: key)
      #expect(part.amount == 379 && part.status == "succeeded")
      #expect(try await setting.client.refund(made.id, amount: 379, idempotencyKey: key) == part)
      #expect(try await setting.client.intent(made.id).amountRefunded == 379)
      let rest = try await setting.client.refund(made.id, amount: nil, idempotencyKey: StripeSetting.payment(3))
      #expect(rest.amount == 1000)
      let error = await StripeSetting.failure {
        try await setting.client.refund(made.id, amount: nil, idempotencyKey: StripeSetting.payment(4))
      }
      #expect(error?.code == .conflict && error?.reason == "charge_already_refunded")
    }
  }

  @Test func `a dispute counts while it is open or lost, and not when it is won`() async throws {
    try await StripeSetting.with { setting in
      let request = StripeSetting.request(payment, method: "pm_card_visa")
      let id = try await setting.client.createIntent(request, idempotencyKey: payment).id
      let dispute = try #require(setting.stripe.act { $0.dispute(id, amount: 500, at: $1) })
      #expect(try await setting.client.intent(id).amountDisputed == 500)
      setting.stripe.act { $0.closeDispute(dispute, of: id, won: true, at: $1) }
      #expect(try await setting.client.intent(id).amountDisputed == 0)
      let second = try #require(setting.stripe.act { $0.dispute(id, at: $1) })
      setting.stripe.act { $0.closeDispute(second, of: id, won: false, at: $1) }
      #expect(try await setting.client.intent(id).amountDisputed == 1379)
    }
  }

  @Test func `the intents of a payment are found among others of that time`() async throws {
    let ever: ClosedRange<Int64> = 0...4_000_000_000
    try await StripeSetting.with { setting in
      for number in 1...120 as ClosedRange<UInt64> {
        let payment = StripeSetting.payment(number)
        _ = try await setting.client.createIntent(StripeSetting.request(payment), idempotencyKey: payment)
      }
      #expect(
        try await setting.client.intents(payment: StripeSetting.payment(1), created: ever).map(\.id)
          == ["pi_000000000001"])
      #expect(try await setting.client.intents(payment: StripeSetting.payment(999), created: ever) == [])
      #expect(try await setting.client.intents(payment: StripeSetting.payment(1), created: 0...5) == [])
    }
  }

  @Test func `pages of the list hold every intent once`() async throws {
    try await StripeSetting.with { setting in
      for number in 1...7 as ClosedRange<UInt64> {
        let payment = StripeSetting.payment(number)
        _ = try await setting.client.createIntent(StripeSetting.request(payment), idempotencyKey: payment)
      }
      var seen: [String] = []
      var more = true
      while more {
        let page = try await setting.client.listIntents(createdSince: 0, after: seen.last, limit: 3)
        seen += page.intents.map(\.id)
        more = page.hasMore
      }
      #expect(seen == setting.stripe.intents.map(\.id).reversed())
      let none = try await setting.client.listIntents(createdSince: StripeSetting.now, after: nil, limit: 3)
      #expect(none == PaymentIntentPage(intents: [], hasMore: false))
    }
  }

  @Test func `an unknown intent is not found`() async throws {
    try await StripeSetting.with { setting in
      let error = await StripeSetting.failure { try await setting.client.intent("pi_nothing") }
      #expect(error?.code == .notFound && error?.reason == "resource_missing")
    }
  }

  @Test(arguments: ["", "ch_1", "pi_1/../../v1/refunds", "pi_1?expand=x", "pi_é", "pi_1\r\nX: y"])
  func `what is no name of an intent is never sent`(id: String) async throws {
    try await StripeSetting.with { setting in
      let errors = [
        await StripeSetting.failure { try await setting.client.intent(id) },
        await StripeSetting.failure { try await setting.client.cancelIntent(id) },
        await StripeSetting.failure { try await setting.client.refund(id, amount: 1, idempotencyKey: payment) },
      ]
      #expect(errors.allSatisfy { $0?.code == .invalidRequest } && setting.stripe.requests.isEmpty)
    }
  }

  @Test func `metadata that Stripe would refuse, cut or drop is never sent`() async throws {
    let fifty = Dictionary(uniqueKeysWithValues: (0..<50).map { (ExactText("name\($0)"), "value") })
    let refused: [[ExactText: String]] = [
      fifty.merging(["one": "more"]) { $1 }, [ExactText(String(repeating: "n", count: 41)): "v"], ["": "v"],
      ["a[b]": "v"],
      ["n": String(repeating: "v", count: 501)], ["n": ""],
    ]
    let taken: [[ExactText: String]] = [
      fifty, [ExactText(String(repeating: "n", count: 40)): "v"], ["n": String(repeating: "é", count: 500)], [:],
    ]
    try await StripeSetting.with { setting in
      for metadata in refused {
        let request = PaymentIntentRequest(amount: 1, currency: "usd", metadata: metadata)
        let error = await StripeSetting.failure {
          try await setting.client.createIntent(request, idempotencyKey: payment)
        }
        #expect(error?.code == .invalidRequest, "\(metadata)")
      }
      #expect(setting.stripe.requests.isEmpty)
      for (number, metadata) in taken.enumerated() {
        let request = PaymentIntentRequest(amount: 1, currency: "usd", metadata: metadata)
        let key = StripeSetting.payment(UInt64(number))
        let made = try await setting.client.createIntent(request, idempotencyKey: key)
        #expect(made.metadata == metadata)
      }
    }
  }

  @Test(arguments: [(0, "usd"), (-1, "usd"), (1, "USD"), (1, "us"), (1, "usd2")] as [(Int64, String)])
  func `an amount or a currency that can't be is never sent`(amount: Int64, currency: String) async throws {
    try await StripeSetting.with { setting in
      let request = PaymentIntentRequest(amount: amount, currency: currency, metadata: [:])
      let error = await StripeSetting.failure {
        try await setting.client.createIntent(request, idempotencyKey: payment)
      }
      #expect(error?.code == .invalidRequest && setting.stripe.requests.isEmpty)
    }
  }
}
