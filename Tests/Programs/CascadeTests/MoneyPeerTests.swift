import Core
import Cryptography
import Foundation
import PeerTesting
import StandIns
import Testing

/// Money from end to end: the program as it is run, an independent Stripe, and a stand-in for Venice.
struct MoneyPeerTests {
  private static let key = "sk_test_localstripe12345"
  private static let secret = "whsec_localstripe67890"

  /// Everything that takes part, and a citizen who signed in.
  private final class Market {
    let venice: StandInVenice
    let server: RunningServer
    let scratch: Scratch
    private let stripe: PeerProcess
    private let stripeAddress: String
    private(set) var token = ""
    private(set) var operatorToken = ""

    init() async throws {
      venice = try await StandInVenice()
      stripe = try PeerProcess([Peers.script("stripe.py")])
      stripeAddress = "http://127.0.0.1:" + (try stripe.answer())
      scratch = try Scratch()
      try scratch.copyRulebook()
      server = try RunningServer(
        scratch, ["--no-specs"],
        environment: [
          "CASCADE_STRIPE_URL": stripeAddress, "CASCADE_STRIPE_KEY": MoneyPeerTests.key,
          "CASCADE_STRIPE_WEBHOOK_SECRET": MoneyPeerTests.secret, "CASCADE_VENICE_URL": venice.baseURL,
        ])
      let hook = ["url=http://\(server.api)/v1/webhooks/stripe", "secret=" + MoneyPeerTests.secret]
      _ = try server.text(["-d", hook[0], "-d", hook[1], stripeAddress + "/_config/webhooks/cascade"])
      let data = scratch.url.appending(path: "data").path()
      operatorToken = try Program.run(["token", "operator", "--data", data]).out
        .trimmingCharacters(in: .whitespacesAndNewlines)
      try signIn()
    }

    private func signIn() throws {
      let key = try SigningKey.generate(.edDSA)
      guard case .ed25519(let bytes) = key.publicKey.material else { throw CryptographyError("no Ed25519 key") }
      venice.put("alice", ["socialClass": "Popolani", "wallet": .string(Base58.text(bytes))])
      let challenge = try post("/v1/auth/challenge", ["username": "alice"])
      let nonce = try #require(challenge["nonce"]?.string, "\(challenge.text)")
      let issuer = try #require(challenge["issuer"]?.string)
      let message = ["cascade-auth-v1", issuer, "alice", nonce].joined(separator: "\n")
      let signature = Base64URL.text(try key.signature(of: Array(message.utf8)))
      let tokens = try post(
        "/v1/auth/token", ["username": "alice", "nonce": .string(nonce), "signature": .string(signature)])
      token = try #require(tokens["access_token"]?.string, "\(tokens.text)")
    }

    func post(_ path: String, _ body: JSON, bearer: String? = nil, key: String? = nil) throws -> JSON {
      var arguments = ["-d", body.text, "http://\(server.api)\(path)"]
      if let bearer { arguments += ["-H", "Authorization: Bearer " + bearer] }
      if let key { arguments += ["-H", "Idempotency-Key: " + key] }
      return try server.curl(arguments)
    }

    func get(_ path: String, bearer: String) throws -> JSON {
      try server.curl(["-H", "Authorization: Bearer " + bearer, "http://\(server.api)\(path)"])
    }

    /// Asks Stripe, as its dashboard or a buyer's browser does.
    func stripe(_ path: String, _ fields: [String] = []) throws -> JSON {
      let form = fields.flatMap { ["-d", $0] }
      return try server.curl(["-X", "POST", "-u", MoneyPeerTests.key + ":"] + form + [stripeAddress + "/v1/" + path])
    }

    func pay(_ body: JSON, _ id: Identifier) throws -> JSON {
      try post("/v1/payments", body, bearer: token, key: id.description)
    }

    /// The payment once `done` holds.
    func payment(_ id: Identifier, until done: (JSON) -> Bool) async throws -> JSON {
      var payment = try get("/v1/payments/\(id)", bearer: token)
      for _ in 0..<200 where !done(payment) {
        try await Task.sleep(for: .milliseconds(100))
        payment = try get("/v1/payments/\(id)", bearer: token)
      }
      return payment
    }

    func posted(_ account: String) throws -> Int64 {
      try get("/v1/ledger/accounts/\(account)", bearer: operatorToken)["posted"]?.integer ?? 0
    }

    func give(_ account: String, _ amount: String) throws {
      let amount = try #require(Amount(text: amount))
      let event: JSON = [
        "id": .string(Self.key().description), "from": "world", "to": .string(account), "amount": amount.json,
        "kind": "posted",
      ]
      let reply = try post("/v1/ledger/transfers", ["events": [event]], bearer: operatorToken)
      #expect(reply["results"]?.array?.first?["status"] == "created", "\(reply.text)")
    }

    static func key() -> Identifier {
      Identifier(
        milliseconds: Int64(Date().timeIntervalSince1970 * 1000),
        random: (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max)))
    }
  }

  @Test(.needsPeers, .timeLimit(.minutes(5)))
  func `what is bought at an independent Stripe is settled, sent to Venice and taken back`() async throws {
    let market = try await Market()
    try market.give("reserve:ducats", "100000.00 DUC/2")
    let quoted = try market.post(
      "/v1/quotes", ["side": "purchase", "amount": "1000.00 DUC/2"], bearer: market.token)
    let quote = try #require(quoted["quote"], "\(quoted.text)")
    let id = Market.key()
    let opened = try market.pay(["quote": quote], id)
    #expect(opened["state"] == "open" && opened["client_secret"] != nil, "\(opened.text)")
    #expect(try market.posted("citizen:alice") == 0)

    // The buyer's browser.
    let intent = try #require(opened["intent"]?.string)
    _ = try market.stripe("payment_intents/\(intent)", ["payment_method=pm_card_visa"])
    #expect(try market.stripe("payment_intents/\(intent)/confirm")["status"] == "succeeded")
    let settled = try await market.payment(id) { $0["state"] == "settled" }
    #expect(settled["state"] == "settled", "\(settled.text) \(market.server.logged)")
    #expect(try market.posted("citizen:alice") == 100_000)
    #expect(try market.posted("clearing:stripe") == 0)

    for _ in 0..<100 where market.venice.transfers.isEmpty { try await Task.sleep(for: .milliseconds(100)) }
    let transfers = market.venice.transfers
    #expect(transfers.map(\.payee) == ["alice"] && transfers.map(\.ducats) == [1000])
    #expect(transfers.first?.id.hasSuffix(id.description) == true)

    // The dashboard.
    _ = try market.stripe("refunds", ["payment_intent=\(intent)"])
    let reversed = try await market.payment(id) { $0["reversed"] != nil }
    #expect(reversed["reversed"] == opened["charge"], "\(reversed.text) \(market.server.logged)")
    #expect(try market.posted("citizen:alice") == 0)
    #expect(try market.posted("reserve:ducats") == 10_000_000)
    try await end(market)
  }

  @Test(.needsPeers, .timeLimit(.minutes(5)))
  func `a card that an independent Stripe declines leaves nothing`() async throws {
    let market = try await Market()
    try market.give("reserve:ducats", "100000.00 DUC/2")
    let id = Market.key()
    let declined = try market.pay(["package": "starter", "payment_method": "pm_card_chargeCustomerFail"], id)
    #expect(declined["state"] == "open" && declined["declined"]?.string != nil, "\(declined.text)")
    let canceled = try market.post("/v1/payments/\(id)/cancel", [:], bearer: market.token)
    #expect(canceled["state"] == "canceled", "\(canceled.text)")
    #expect(try market.posted("citizen:alice") == 0)
    #expect(try market.posted("clearing:stripe") == 0)
    let reserve = try market.get("/v1/ledger/accounts/reserve:ducats", bearer: market.operatorToken)
    #expect(reserve["available"] == 10_000_000 && reserve["pending"] == 0, "\(reserve.text)")

    let paid = Market.key()
    let atOnce = try market.pay(["package": "explorer", "payment_method": "pm_card_visa"], paid)
    #expect(["open", "settled"].contains(atOnce["state"]?.string), "\(atOnce.text)")
    let bought = try await market.payment(paid) { $0["state"] == "settled" }
    #expect(bought["bonus"]?["minor"] == 2_500, "\(bought.text)")
    #expect(market.venice.transfers.allSatisfy { !$0.id.contains(id.description) })
    try await end(market)
  }

  /// Stops the host and looks at what it left.
  private func end(_ market: Market) async throws {
    let logged = market.server.logged
    #expect(!logged.contains(Self.key) && !logged.contains(Self.secret), "no secret in the log")
    #expect(market.server.stop() == 0)
    let data = market.scratch.url.appending(path: "data").path()
    #expect(try Program.run(["ledger", "verify", "--data", data]).code == 0)
    await market.venice.stop()
  }
}
