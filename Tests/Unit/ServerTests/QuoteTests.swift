import Commerce
import Core
import Decisions
import Hummingbird
import Ledger
@testable import Server
import Testing

/// Prices over HTTP, by the shipped rules.
struct QuoteTests {
  private static let sale: JSON = ["side": "sell", "amount": "1000.00 DUC/2"]

  private func dollars(_ minor: Int64) -> JSON { ["asset": "USD/2", "minor": .integer(minor)] }

  @Test func `without a token the price is nobody's, at level 0`() async throws {
    try await QuoteFixture.run { fixture in
      let reply = try await fixture.ask(Self.sale)
      #expect(reply.status == 200, "\(reply.text)")
      let quote = reply.json
      #expect(quote["citizen"] == nil && quote["level"] == 0 && quote["uplift"] == "none")
      #expect(quote["gross"] == dollars(10_000) && quote["fee"] == dollars(250) && quote["net"] == dollars(9_750))
      #expect(quote["multiplier"] == "1.000000" && quote["rate"] == "0.10" && quote["charge"] == nil)
      #expect(quote["generation"] == 1 && Identifier(quote["decision_id"]?.string ?? "") != nil)
      let opened = try fixture.quotes.open(try #require(quote["quote"]?.string))
      #expect(opened.json == .object(JSON.Object((quote.object?.members ?? []).filter { $0.name != "quote" })))
    }
  }

  @Test func `a citizen is measured first, and the uplift is granted from the reserve`() async throws {
    try await QuoteFixture.run { fixture in
      try await fixture.befriend()
      let anna = try await fixture.signIn("anna")
      let exhausted = try await fixture.ask(Self.sale, bearer: anna).json
      #expect(exhausted["uplift"] == "exhausted" && exhausted["net"] == dollars(9_750), "the reserve is empty")

      let world = try #require(AccountName("world"))
      let reserve = try #require(AccountName("reserve:uplift"))
      let asset = try #require(Asset("USD/2"))
      var generator = IdentifierGenerator()
      let event = LedgerEvent.posted(generator.next(), from: world, to: reserve, Amount(1_000_000, asset))
      _ = try await fixture.ledger.commit(Submission([.event(event)], authority: .operator))

      let quote = try await fixture.ask(Self.sale, bearer: anna).json
      #expect(quote["citizen"] == "anna" && quote["uplift"] == "granted", "\(quote.text)")
      #expect(((quote["level"]?.number ?? 0) - 0.618034).magnitude < 1e-6 && quote["multiplier"] == "1.346361")
      #expect(quote["gross"] == dollars(13_463) && quote["fee"] == dollars(337) && quote["net"] == dollars(13_126))

      let purchase = try await fixture.ask(["side": "purchase", "amount": "1000.00 DUC/2"], bearer: anna).json
      #expect(purchase["charge"] == dollars(13_801), "134.64 and its fee")
      #expect(purchase["net"] == ["asset": "DUC/2", "minor": 100_000])
    }
  }

  @Test func `who isn't in the graph has level 0`() async throws {
    try await QuoteFixture.run { fixture in
      let quote = try await fixture.ask(Self.sale, bearer: try await fixture.signIn("anna")).json
      #expect(quote["citizen"] == "anna" && quote["level"] == 0, "\(quote.text)")
    }
  }

  @Test func `an offer stands when the rules change, for 300 seconds and no second more`() async throws {
    try await QuoteFixture.run { fixture in
      let first = try await fixture.ask(Self.sale).json
      let text = try #require(first["quote"]?.string)
      try await fixture.install(
        2, ["policies/fees.lua": { $0.replacing(#"fee = "0.025""#, with: #"fee = "0.030""#) }])
      let second = try await fixture.ask(Self.sale).json
      #expect(second["generation"] == 2 && second["net"] == dollars(9_700))
      fixture.authentication.advance(.milliseconds(299_999))
      let opened = try fixture.quotes.open(text)
      #expect(opened.generation == 1 && opened.terms.net.minor == 9_750)
      #expect(opened.expires - opened.issued == 300)
      fixture.authentication.advance(.milliseconds(1))
      #expect(throws: QuoteRefusal.expired(opened)) { try fixture.quotes.open(text) }
    }
  }

  @Test func `how long an offer stands is a rule's word, within a day`() async throws {
    func lasting(_ seconds: String) -> [String: (String) -> String] {
      ["policies/fees.lua": { $0.replacing("quote_seconds = 300", with: "quote_seconds = \(seconds)") }]
    }
    try await QuoteFixture.run(lasting("45")) { fixture in
      let quote = try await fixture.ask(Self.sale).json
      let (issued, expires) = (try #require(quote["issued_at"]?.integer), try #require(quote["expires_at"]?.integer))
      #expect(expires - issued == 45)
      try await fixture.install(2, lasting("86400"))
      #expect(try await fixture.ask(Self.sale).status == 200)
      try await fixture.install(3, lasting("86401"))
      let endless = try await fixture.ask(Self.sale)
      #expect(endless.status == 503 && endless.text.contains("'seconds' from 1 to 86400"), "\(endless.text)")
      try await fixture.install(4, lasting("0"))
      #expect(try await fixture.ask(Self.sale).json["code"] == "invalid_output")
    }
  }

  @Test func `a token that doesn't hold is refused, never taken for none`() async throws {
    try await QuoteFixture.run { fixture in
      let token = try await fixture.signIn("anna")
      for wrong in ["x", token + "x", ""] {
        let reply = try await fixture.ask(Self.sale, bearer: wrong)
        #expect(reply.status == 401 && reply.json["code"] == "invalid_token", "\(reply.text)")
      }
      fixture.authentication.advance(.seconds(4000))
      #expect(try await fixture.ask(Self.sale, bearer: token).status == 401, "expired")
    }
  }

  @Test(arguments: [
    (#"{}"#, 422, "'side' must be one of 'sell', 'buy', 'purchase'"),
    (#"[]"#, 400, "the body is no object"),
    (#"{"side":"sell","amount":1}"#, 422, "'amount' must be an amount"),
    (#"{"side":"sell","amount":"1.001 DUC/2"}"#, 422, "'amount' must be an amount"),
    (#"{"side":"sell","amount":{"asset":"DUC/2","minor":-5}}"#, 422, "'amount' must be an amount"),
    (#"{"side":"sell","amount":"5.00 DUC/2","level":1}"#, 422, "unknown field 'level'; there are side, amount"),
    (#"{"side":"sell","amount":"0.99 DUC/2"}"#, 409, "the least amount of a sell is 1.00 DUC/2"),
    (#"{"side":"sell","amount":"5.00 USD/2"}"#, 409, "a sell is quoted in DUC/2, not in USD/2"),
  ])
  func `what is wrong is named`(body: String, status: Int, detail: String) async throws {
    try await QuoteFixture.run { fixture in
      let reply = try await fixture.api.ask(.post, "/v1/quotes", body: Array(body.utf8))
      #expect(reply.status == status, "\(reply.text)")
      #expect(reply.json["detail"]?.string?.hasPrefix(detail) == true, "\(reply.text)")
    }
  }

  @Test(arguments: [
    ("purchase", "100.00 DUC/2", true), ("purchase", "100000.00 DUC/2", true), ("purchase", "99.90 DUC/2", false),
    ("purchase", "100000.01 DUC/2", false), ("purchase", "5.00 DUC/2", false), ("buy", "10.00 USD/2", true),
    ("buy", "10000.00 USD/2", true), ("buy", "9.99 USD/2", false), ("buy", "10000.01 USD/2", false),
    ("sell", "1.00 DUC/2", true), ("sell", "9000000.00 DUC/2", true),
  ])
  func `a purchase that nobody could pay for isn't offered`(side: String, amount: String, isOffered: Bool) async throws
  {
    try await QuoteFixture.run { fixture in
      let reply = try await fixture.ask(["side": .string(side), "amount": .string(amount)])
      #expect(reply.status == (isOffered ? 200 : 409), "\(reply.text)")
      #expect(reply.json["reason"] == (isOffered ? nil : "outside_purchase_limits"), "\(reply.text)")
    }
  }

  @Test func `a name that can't have an account gets no price`() async throws {
    try await QuoteFixture.run { fixture in
      let reply = try await fixture.ask(Self.sale, bearer: try await fixture.signIn("far:away"))
      #expect(reply.status == 422 && reply.json["code"] == "invalid_input", "\(reply.text)")
    }
  }

  @Test func `rules that can't measure or quote, or answer something else, give no price`() async throws {
    let without = { (plugin: String) in
      [
        "plugins/\(plugin)/plugin.lua": { (_: String) in
          """
          return { name = "\(plugin)", version = "1.0.0", decisions = { ["\(plugin).other"] = {
            summary = "s", input = {}, output = { a = "integer" }, decide = function() return { a = 1 } end } } }
          """
        }
      ]
    }
    try await QuoteFixture.run { fixture in
      let anna = try await fixture.signIn("anna")
      try await fixture.install(2, without("consciousness"))
      let unmeasured = try await fixture.ask(Self.sale, bearer: anna)
      #expect(unmeasured.status == 503 && unmeasured.text.contains("consciousness.measure"), "\(unmeasured.text)")
      #expect(try await fixture.ask(Self.sale).status == 200, "nobody needs no measurement")
      try await fixture.install(3, without("bridge"))
      let unquoted = try await fixture.ask(Self.sale)
      #expect(unquoted.status == 503 && unquoted.text.contains("bridge.quote"), "\(unquoted.text)")
      let other = """
        return { name = "bridge", version = "1.0.0", decisions = { ["bridge.quote"] = {
          summary = "s", input = { side = "string", amount = "amount", level = "number" },
          output = { net = "amount" }, decide = function(input) return { net = input.amount } end } } }
        """
      try await fixture.install(4, ["plugins/bridge/plugin.lua": { _ in other }])
      #expect(try await fixture.ask(Self.sale).json["code"] == "unavailable")
    }
  }

  @Test func `the document describes the route, and what is answered fits it`() async throws {
    try await QuoteFixture.run { fixture in
      let document = try await fixture.api.ask(.get, "/openapi.json").json
      let check = SchemaCheck(components: document["components"]?["schemas"] ?? .null)
      let operation = document["paths"]?["/v1/quotes"]?["post"]
      #expect(operation?["security"] == [["citizen": []], [:]])
      let anna = try await fixture.signIn("anna")
      for (body, bearer) in [(Self.sale, nil), (Self.sale, anna), (Self.sale, "x"), ([:] as JSON, nil), (7, nil)] {
        let reply = try await fixture.ask(body, bearer: bearer)
        let content = operation?["responses"]?["\(reply.status)"]?["content"]
        let schema = try #require(content?[reply.field("content-type") ?? ""]?["schema"], "\(reply.text)")
        #expect(check.faults(reply.json, schema).isEmpty, "\(reply.text)")
      }
      for endpoint in fixture.api.server.endpoints {
        #expect(check.faults(endpoint.answer.example, endpoint.answer.schema).isEmpty, "\(endpoint.path)")
        if let body = endpoint.body { #expect(check.faults(body.example, body.schema).isEmpty, "\(endpoint.path)") }
      }
    }
  }
}
