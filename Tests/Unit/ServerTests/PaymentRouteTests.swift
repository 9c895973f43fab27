import Commerce
import Core
import Decisions
import Hummingbird
import Ledger
import NIOHTTP1
@testable import Server
import StandIns
import Testing

/// Payments over HTTP, from the order to the ducats.
struct PaymentRouteTests {
  @Test func `a package is ordered, paid, announced and settled once`() async throws {
    try await PaymentFixture.run { fixture in
      let anna = try await fixture.prices.signIn("anna")
      let key = fixture.key(1)
      let opened = try await fixture.pay(["package": "explorer"], key: key, bearer: anna)
      #expect(opened.status == 201, "\(opened.text)")
      #expect(opened.json["id"]?.string == key.description && opened.json["state"] == "open")
      #expect(opened.json["charge"] == ["asset": "USD/2", "minor": 5_000])
      let secret = try #require(opened.json["client_secret"]?.string)
      #expect(secret.hasPrefix("pi_"))
      #expect(try await fixture.posted("citizen:anna") == 0)
      #expect(try await fixture.holds() > 0)

      let intent = try #require(fixture.stripe.intents.first)
      #expect(intent.amount == 5_000 && intent.currency == "usd")
      for name in [
        "citizen", "ducats", "rate", "citizen_consciousness_level", "phi_ratio_multiplier",
        "venice_citizen_verification", "payment", "generation", "decision",
      ] { #expect(intent.metadata[name]?.isEmpty == false, "\(name)") }

      fixture.confirm()
      #expect(try await fixture.deliver().contains("processed"))
      let settled = try await fixture.look(key, bearer: anna)
      #expect(settled.json["state"] == "settled" && settled.json["client_secret"] == nil, "\(settled.text)")
      #expect(try await fixture.posted("citizen:anna") == 50_000)
      #expect(try await fixture.posted("citizen:anna:bonus") == 2_500)
      #expect(try await fixture.posted("clearing:stripe") == 0)
      #expect(try await fixture.holds() == 0)

      // Again with the same key it is the same payment, and nothing moves.
      let again = try await fixture.pay(["package": "explorer"], key: key, bearer: anna)
      #expect(again.status == 201 && again.json["state"] == "settled")
      #expect(try await fixture.posted("citizen:anna") == 50_000)
      #expect(fixture.stripe.intents.count == 1)

      let quiet = fixture.prices.quiet
      let outbox = DucatOutbox(
        store: fixture.store, sender: fixture.venice, logger: quiet, now: fixture.prices.authentication.now)
      #expect(await outbox.deliver() == 1)
      #expect(fixture.venice.credits.values.map(\.ducats.minor) == [52_500])
      #expect(fixture.alarms.isEmpty)
    }
  }

  @Test func `operators see everybody's payments, the latest first, page by page`() async throws {
    try await PaymentFixture.run { fixture in
      let (anna, bruno) = (try await fixture.prices.signIn("anna"), try await fixture.prices.signIn("bruno"))
      for (number, bearer) in [(1, anna), (2, bruno), (3, anna)] as [(UInt64, String)] {
        #expect(
          try await fixture.pay(["package": "explorer"], key: fixture.key(number), bearer: bearer).status == 201)
      }
      func page(_ query: String, _ fields: [String: String]) async throws -> Reply {
        try await fixture.api.ask(.get, "/v1/payments" + query, fields)
      }
      let all = try await page("", fixture.api.authorization)
      #expect(all.json["payments"]?.array?.compactMap { $0["citizen"]?.string } == ["anna", "bruno", "anna"])
      #expect(all.json["next"] == .null)
      let first = try await page("?limit=2", fixture.api.authorization)
      #expect(
        first.json["payments"]?.array?.compactMap { $0["id"]?.string } == [3, 2].map { fixture.key($0).description })
      let next = try #require(first.json["next"]?.string)
      let second = try await page("?limit=2&before=" + next, fixture.api.authorization)
      #expect(second.json["payments"]?.array?.compactMap { $0["id"]?.string } == [fixture.key(1).description])
      for wrong in ["?limit=0", "?limit=1001", "?before=x"] {
        #expect(try await page(wrong, fixture.api.authorization).status == 422, "\(wrong)")
      }
      #expect(try await page("", ["authorization": "Bearer " + anna]).status == 401)
      #expect(try await page("", [:]).status == 401)
    }
  }

  @Test func `a buyer's trace goes on to Stripe and into the record`() async throws {
    try await PaymentFixture.run { fixture in
      let anna = try await fixture.prices.signIn("anna")
      let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
      let key = fixture.key(1)
      let fields = ["traceparent": trace, "tracestate": "a=1", "x-request-id": "order-7"]
      let opened = try await fixture.pay(["package": "explorer"], key: key, bearer: anna, fields: fields)
      #expect(opened.status == 201, "\(opened.text)")
      #expect(opened.field("traceparent") == trace && opened.field("x-request-id") == "order-7")
      let sent = try #require(fixture.stripe.requests.last)
      #expect(sent.headers["traceparent"] == [trace] && sent.headers["tracestate"].isEmpty)
      let records = try await fixture.prices.ledger.records(before: nil, limit: 100)
      let kept = records.compactMap { RecordedDecision(bytes: $0.bytes) }.filter {
        $0.request?.description == "order-7"
      }
      #expect(!kept.isEmpty && kept.allSatisfy { $0.trace?.description == trace })
      // What the host does of itself afterwards is part of no request.
      fixture.confirm()
      try await fixture.deliver()
      #expect(fixture.stripe.requests.filter { !$0.headers["traceparent"].isEmpty }.count == 1)
    }
  }

  @Test func `a quote is honoured when the rules have changed, and pays once`() async throws {
    try await PaymentFixture.run { fixture in
      let anna = try await fixture.prices.signIn("anna")
      let quote = try await fixture.quote("purchase", "1000.00 DUC/2", bearer: anna)
      try await fixture.prices.install(
        2, ["policies/fees.lua": { $0.replacing(#"rate = "0.10""#, with: #"rate = "0.105""#) }])
      let key = fixture.key(1)
      let body: JSON = ["quote": .string(quote)]
      let opened = try await fixture.pay(body, key: key, bearer: anna)
      #expect(opened.status == 201, "\(opened.text)")
      #expect(opened.json["charge"] == ["asset": "USD/2", "minor": 10_250], "100.00 and 2.5 %, as quoted")
      #expect(fixture.stripe.intents.first?.metadata["rate"] == "0.10")

      let second = try await fixture.pay(body, key: fixture.key(2), bearer: anna)
      #expect(second.status == 409 && second.json["reason"] == "quote_used", "\(second.text)")

      fixture.prices.authentication.advance(.seconds(301))
      let late = try await fixture.pay(body, key: key, bearer: anna)
      #expect(late.status == 201 && late.json["state"] == "open", "\(late.text)")
      let expired = try await fixture.pay(body, key: fixture.key(3), bearer: anna)
      #expect(expired.status == 409 && expired.json["reason"] == "quote_expired", "\(expired.text)")
    }
  }

  @Test func `what the rate has left behind is suspended, until the rate is back`() async throws {
    try await PaymentFixture.run { fixture in
      func move(_ number: Int, _ rate: String) async throws {
        try await fixture.prices.install(
          number, ["policies/fees.lua": { $0.replacing(#"rate = "0.10""#, with: "rate = \"\(rate)\"") }])
      }
      let anna = try await fixture.prices.signIn("anna")
      try await fixture.give("citizen:anna", "50.00 DUC/2")
      var offers: [(side: String, body: JSON, key: Identifier)] = []
      for (number, (side, amount)) in [("purchase", "500.00 DUC/2"), ("buy", "20.00 USD/2"), ("sell", "50.00 DUC/2")]
        .enumerated()
      {
        let quote = try await fixture.quote(side, amount, bearer: anna)
        offers.append((side, ["quote": .string(quote)], fixture.key(UInt64(number))))
      }
      offers.append(("package", ["package": "noble"], fixture.key(9)))
      // Ducats that were offered for 0.10 sell for 0.50 now, or are had for 0.05.
      for (number, rate) in [(2, "0.50"), (3, "0.05")] {
        try await move(number, rate)
        for offer in offers where (offer.side == "sell") == (rate == "0.05") {
          let refused = try await fixture.pay(offer.body, key: offer.key, bearer: anna)
          #expect(refused.status == 409, "\(offer.side): \(refused.text)")
          #expect(refused.json["reason"] == "offer_suspended", "\(offer.side): \(refused.text)")
        }
      }
      #expect(fixture.stripe.intents.isEmpty)
      #expect(try await fixture.posted("citizen:anna") == 5_000)
      try await move(4, "0.10")
      // A key has its answer for ever, so each comes under another.
      for (number, offer) in offers.enumerated() {
        let taken = try await fixture.pay(offer.body, key: fixture.key(UInt64(20 + number)), bearer: anna)
        #expect(taken.status == 201, "\(offer.side): \(taken.text)")
      }
      #expect(fixture.alarms.isEmpty)
    }
  }

  @Test func `what nobody has paid yet is taken back when the rate has left it behind, and what is paid is delivered`()
    async throws
  {
    try await PaymentFixture.run { fixture in
      let anna = try await fixture.prices.signIn("anna")
      let quote = try await fixture.quote("purchase", "500.00 DUC/2", bearer: anna)
      let bodies: [JSON] = [["package": "noble"], ["quote": .string(quote)], ["package": "starter"]]
      for (number, body) in bodies.enumerated() {
        let opened = try await fixture.pay(body, key: fixture.key(UInt64(number)), bearer: anna)
        #expect(opened.status == 201, "\(opened.text)")
      }
      let keys = (0..<3).map { fixture.key($0) }
      let starter = try #require(fixture.stripe.intents.first { $0.amount == 1_000 })
      func reconcile() async throws -> [JSON?] {
        fixture.prices.authentication.advance(.seconds(61))
        _ = await PaymentReconciler(fixture.payments).reconcile()
        let bearer = try await fixture.prices.signIn("anna")
        var states: [JSON?] = []
        for key in keys { states.append(try await fixture.look(key, bearer: bearer).json["state"]) }
        return states
      }
      // At this rate 100 ducats sell for no more than 9.95 dollars.
      try await fixture.prices.install(2, ["policies/fees.lua": { $0.replacing(#""0.10""#, with: #""0.102""#) }])
      #expect(try await reconcile() == ["open", "open", "open"])
      fixture.stripe.act { book, now in _ = book.confirm(starter.id, "pm_card_visa", at: now) }
      try await fixture.prices.install(3, ["policies/fees.lua": { $0.replacing(#""0.10""#, with: #""0.20""#) }])
      #expect(try await reconcile() == ["canceled", "canceled", "settled"])
      #expect(fixture.stripe.intents.map(\.status).filter { $0 == .canceled }.count == 2)
      #expect(try await fixture.holds() == 0)
      #expect(try await fixture.posted("citizen:anna") == 10_000)
      #expect(fixture.alarms.isEmpty)
    }
  }

  @Test func `what was offered is bought and sold at its price when rate, fee, minimum and limits have changed`()
    async throws
  {
    let changes = [
      (#"rate = "0.10""#, #"rate = "0.50""#), (#"fee = "0.025""#, #"fee = "0.900""#),
      (#""1.00 DUC/2""#, #""900.00 DUC/2""#), (#""1.00 USD/2""#, #""900.00 USD/2""#),
      (#"custom_minimum = "10.00"#, #"custom_minimum = "5000.00"#),
      (#"custom_maximum = "10000.00"#, #"custom_maximum = "6000.00"#),
    ]
    try await PaymentFixture.run { fixture in
      let anna = try await fixture.prices.signIn("anna")
      try await fixture.give("citizen:anna", "50.00 DUC/2")
      let offers = [("purchase", "500.00 DUC/2"), ("buy", "20.00 USD/2"), ("sell", "50.00 DUC/2")]
      var quotes: [String] = []
      for (side, amount) in offers { quotes.append(try await fixture.quote(side, amount, bearer: anna)) }
      try await fixture.prices.install(
        2, ["policies/fees.lua": { changes.reduce($0) { text, change in text.replacing(change.0, with: change.1) } }])
      for (side, amount) in offers {
        let reply = try await fixture.prices.ask(["side": .string(side), "amount": .string(amount)], bearer: anna)
        #expect(reply.status == 409, "it isn't offered any more: \(reply.text)")
      }

      var opened: [JSON] = []
      for (number, quote) in quotes.enumerated() {
        let reply = try await fixture.pay(
          ["quote": .string(quote)], key: fixture.key(UInt64(number)), bearer: anna)
        #expect(reply.status == 201, "\(reply.text)")
        opened.append(reply.json)
      }
      #expect(opened[0]["charge"] == ["asset": "USD/2", "minor": 5_125], "50.00 and 2.5 %")
      #expect(opened[1]["charge"] == ["asset": "USD/2", "minor": 2_000])
      #expect(opened[2]["payout"] == ["asset": "USD/2", "minor": 487], "5.00 less 2.5 %")
      fixture.confirm()
      try await fixture.deliver()
      #expect(try await fixture.posted("citizen:anna") == 50_000 + 19_500)
      #expect(try await fixture.posted("payable:anna") == 487)
      #expect(try await fixture.posted("fees:bridge") == 125 + 13)
      #expect(try await fixture.posted("fees:ducats") == 500)
      #expect(fixture.alarms.isEmpty)
    }
  }

  @Test func `a custom purchase costs today's price, within its limits`() async throws {
    try await PaymentFixture.run { fixture in
      let anna = try await fixture.prices.signIn("anna")
      let opened = try await fixture.pay(["amount": "1000.00 DUC/2"], key: fixture.key(1), bearer: anna)
      #expect(opened.json["charge"] == ["asset": "USD/2", "minor": 10_250], "\(opened.text)")
      // Measured higher by now, it is the same order.
      try await fixture.prices.befriend()
      let again = try await fixture.pay(["amount": "1000.00 DUC/2"], key: fixture.key(1), bearer: anna)
      #expect(again.status == 201 && again.json["charge"] == opened.json["charge"], "\(again.text)")
      for (number, amount) in [(2, "50.00 DUC/2"), (3, "2000000.00 DUC/2")] as [(UInt64, String)] {
        let refused = try await fixture.pay(["amount": .string(amount)], key: fixture.key(number), bearer: anna)
        #expect(refused.status == 409 && refused.json["code"] == "refused", "\(refused.text)")
      }
    }
  }

  @Test func `a sale is settled at once, and nobody sells what they don't have`() async throws {
    try await PaymentFixture.run { fixture in
      let anna = try await fixture.prices.signIn("anna")
      let quote = try await fixture.quote("sell", "1000.00 DUC/2", bearer: anna)
      let poor = try await fixture.pay(["quote": .string(quote)], key: fixture.key(1), bearer: anna)
      #expect(poor.status == 409, "\(poor.text)")

      try await fixture.give("citizen:anna", "1500.00 DUC/2")
      let second = try await fixture.quote("sell", "1000.00 DUC/2", bearer: anna)
      let sold = try await fixture.pay(["quote": .string(second)], key: fixture.key(2), bearer: anna)
      #expect(sold.status == 201 && sold.json["state"] == "settled", "\(sold.text)")
      #expect(sold.json["payout"] == ["asset": "USD/2", "minor": 9_750])
      #expect(try await fixture.posted("citizen:anna") == 50_000)
      #expect(try await fixture.posted("payable:anna") == 9_750)
      #expect(fixture.stripe.intents.isEmpty, "Stripe has no part in it")
    }
  }

  @Test func `a decline leaves nothing, and the buyer may pay another way`() async throws {
    try await PaymentFixture.run { fixture in
      let anna = try await fixture.prices.signIn("anna")
      let key = fixture.key(1)
      let body: JSON = ["package": "starter", "payment_method": "pm_card_chargeDeclined"]
      let declined = try await fixture.pay(body, key: key, bearer: anna)
      #expect(declined.status == 201 && declined.json["state"] == "open", "\(declined.text)")
      #expect(declined.json["declined"] == "generic_decline")
      try await fixture.deliver()
      #expect(try await fixture.posted("citizen:anna") == 0)
      #expect(try await fixture.posted("clearing:stripe") == 0)

      let canceled = try await fixture.look(key, "POST", "/cancel", bearer: anna)
      #expect(canceled.status == 200 && canceled.json["state"] == "canceled", "\(canceled.text)")
      #expect(try await fixture.holds() == 0)
      #expect(try await fixture.posted("reserve:ducats") == 100_000_000)
      #expect(fixture.stripe.intents.first?.status == .canceled)

      let other = fixture.key(2)
      _ = try await fixture.pay(body, key: other, bearer: anna)
      fixture.stripe.act { book, now in
        for intent in book.intents { _ = book.confirm(intent.id, "pm_card_visa", at: now) }
      }
      try await fixture.deliver()
      #expect(try await fixture.look(other, bearer: anna).json["state"] == "settled")
      let late = try await fixture.look(other, "POST", "/cancel", bearer: anna)
      #expect(late.status == 409 && late.json["reason"] == "too_late")
    }
  }

  @Test func `a payment is shown to its citizen and to operators alone`() async throws {
    try await PaymentFixture.run { fixture in
      let anna = try await fixture.prices.signIn("anna")
      let bruno = try await fixture.prices.signIn("bruno")
      let key = fixture.key(1)
      _ = try await fixture.pay(["package": "starter"], key: key, bearer: anna)
      for rest in [("GET", ""), ("POST", "/cancel")] {
        let other = try await fixture.look(key, rest.0, rest.1, bearer: bruno)
        #expect(other.status == 404 && other.json["code"] == "not_found", "as if there were none")
      }
      #expect(try await fixture.look(fixture.key(9), bearer: anna).status == 404)
      #expect(try await fixture.look(key, bearer: fixture.api.token.secret).json["citizen"] == "anna")
      #expect(try await fixture.look(key, bearer: "x").status == 401)
      #expect(try await fixture.api.ask(.get, "/v1/payments/\(key)").status == 401)
      #expect(try await fixture.api.ask(.get, "/v1/payments/x", ["authorization": "Bearer " + anna]).status == 404)
      // The key is taken; whose it is isn't told.
      let taken = try await fixture.pay(["package": "starter"], key: key, bearer: bruno)
      #expect(taken.status == 409 && taken.json["reason"] == "key_reused", "\(taken.text)")
      #expect(!taken.text.contains("anna"))
    }
  }

  @Test func `what is wrong with an order is named, and begins nothing`() async throws {
    try await PaymentFixture.run { fixture in
      let anna = try await fixture.prices.signIn("anna")
      let bruno = try await fixture.prices.signIn("bruno")
      let brunos = try await fixture.quote("purchase", "1000.00 DUC/2", bearer: bruno)
      let nobodys = try await fixture.api.ask(
        .post, "/v1/quotes", body: (["side": "buy", "amount": "100.00 USD/2"] as JSON).bytes)
      let wrong: [(JSON, Int, String)] = [
        ([], 400, "the body is no object"), ([:], 422, "name one of"),
        (["package": "starter", "amount": "100.00 DUC/2"], 422, "name one of"),
        (["package": "palace"], 422, ""), (["package": 7], 422, "'package' must be a text"),
        (["amount": "ten"], 422, "'amount' must be an amount"), (["price": 1], 422, "unknown field 'price'"),
        (["quote": "x"], 422, "'quote' is none"), (["quote": .string(anna)], 422, "'quote' is none"),
        (["quote": .string(brunos)], 403, "the quote was made to somebody else"),
        (["quote": nobodys.json["quote"] ?? .null], 403, "the quote was made to somebody else"),
        (["package": "starter", "payment_method": "card"], 422, "'payment_method' must be"),
        (["package": "starter", "payment_method": "pm_a/../b"], 422, "'payment_method' must be"),
      ]
      for (number, (body, status, detail)) in wrong.enumerated() {
        let reply = try await fixture.pay(body, key: fixture.key(UInt64(number)), bearer: anna)
        #expect(reply.status == status, "\(reply.text)")
        #expect(reply.json["detail"]?.string?.hasPrefix(detail) == true, "\(reply.text)")
      }
      let body: JSON = ["package": "starter"]
      #expect(try await fixture.pay(body, key: nil, bearer: anna).status == 422)
      #expect(try await fixture.pay(body, key: fixture.key(50), bearer: nil).status == 401)
      let old = Identifier(milliseconds: fixture.prices.authentication.now() - 90_000_000, random: (1, 1))
      #expect(try await fixture.pay(body, key: old, bearer: anna).status == 422)
      let random = Identifier(high: 0x1234_5678_9abc_4def, low: 0x8000_0000_0000_0001)
      #expect(try await fixture.pay(body, key: random, bearer: anna).status == 422, "version 4")
      _ = try await fixture.pay(body, key: fixture.key(51), bearer: anna)
      let other = try await fixture.pay(["package": "noble"], key: fixture.key(51), bearer: anna)
      #expect(other.status == 409 && other.json["reason"] == "key_reused", "\(other.text)")
      #expect(fixture.stripe.intents.count == 1)
    }
  }

  @Test func `a host without Stripe's secrets says which it lacks`() async throws {
    try await QuoteFixture.run { prices in
      let api = APIFixture(
        endpoints: Endpoint.payments(
          .closed(missing: ["A", "B"]), quotes: prices.quotes,
          authentication: prices.authentication.authentication, operators: OperatorFixture().guarding))
      let anna = ["authorization": "Bearer " + (try await prices.signIn("anna"))]
      for (path, isPost) in [
        ("/v1/payments", true), ("/v1/payments/x", false), ("/v1/payments/x/cancel", true),
        ("/v1/webhooks/stripe", true),
      ] {
        let reply = try await api.ask(isPost ? .post : .get, path, anna, body: isPost ? Array("{}".utf8) : nil)
        #expect(reply.status == 503, "\(reply.text)")
        #expect(reply.json["detail"] == "no payments are made here: this host was started without A and B")
      }
    }
  }

  @Test func `the document describes the routes, and what is answered fits it`() async throws {
    try await PaymentFixture.run { fixture in
      let document = try await fixture.api.ask(.get, "/openapi.json").json
      let check = SchemaCheck(components: document["components"]?["schemas"] ?? .null)
      for endpoint in fixture.api.server.endpoints {
        #expect(check.faults(endpoint.answer.example, endpoint.answer.schema).isEmpty, "\(endpoint.path)")
        if let body = endpoint.body { #expect(check.faults(body.example, body.schema).isEmpty, "\(endpoint.path)") }
      }
      func fits(_ path: String, _ method: String, _ reply: Reply) throws {
        let content = document["paths"]?[path]?[method]?["responses"]?["\(reply.status)"]?["content"]
        let schema = try #require(content?[reply.field("content-type") ?? ""]?["schema"], "\(path) \(reply.text)")
        #expect(check.faults(reply.json, schema).isEmpty, "\(path) \(reply.text)")
      }
      let anna = try await fixture.prices.signIn("anna")
      let key = fixture.key(1)
      for body in [["package": "starter"], ["package": "noble"], ["package": "x"], 7] as [JSON] {
        try fits("/v1/payments", "post", try await fixture.pay(body, key: key, bearer: anna))
      }
      for bearer in [anna, "x", fixture.api.token.secret] {
        try fits("/v1/payments/{id}", "get", try await fixture.look(key, bearer: bearer))
      }
      fixture.confirm()
      for event in fixture.stripe.newEvents() {
        try fits("/v1/webhooks/stripe", "post", try await fixture.deliver(event))
      }
      try fits("/v1/webhooks/stripe", "post", try await fixture.post([], nil))
      for bearer in [anna, "x"] {
        try fits("/v1/payments/{id}/cancel", "post", try await fixture.look(key, "POST", "/cancel", bearer: bearer))
      }
    }
  }
}
