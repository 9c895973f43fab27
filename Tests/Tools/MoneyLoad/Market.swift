import Commerce
import Core
import Cryptography
import Foundation
import Outbound
import StandIns

/// A citizen who asks for prices and pays.
struct Market: Sendable {
  let host: LoadedHost
  let stripe: FakeStripe
  let client: OutboundClient

  /// An access token for each of these citizens, whose keys are enrolled first.
  func signIn(_ citizens: [String]) async throws -> [String] {
    let keys = try citizens.map { _ in try SigningKey.generate(.edDSA) }
    try host.enrol(
      zip(citizens, keys).map { citizen, key in
        guard case .ed25519(let bytes) = key.publicKey.material else { throw LoadError("no Ed25519 key") }
        return (citizen, Base64URL.text(bytes))
      })
    var tokens: [String] = []
    for (citizen, key) in zip(citizens, keys) { tokens.append(try await signIn(citizen, key)) }
    return tokens
  }

  private func signIn(_ citizen: String, _ key: SigningKey) async throws -> String {
    let challenge = try await post("/v1/auth/challenge", ["username": .string(citizen)])
    guard let nonce = challenge["nonce"]?.string, let issuer = challenge["issuer"]?.string else {
      throw LoadError(challenge.text)
    }
    let message = ["cascade-auth-v1", issuer, citizen, nonce].joined(separator: "\n")
    let signature = Base64URL.text(try key.signature(of: Array(message.utf8)))
    let tokens = try await post(
      "/v1/auth/token",
      ["username": .string(citizen), "nonce": .string(nonce), "signature": .string(signature)])
    guard let token = tokens["access_token"]?.string else { throw LoadError(tokens.text) }
    return token
  }

  /// Gives the reserve more ducats than anybody buys here.
  func fillReserve(bearer: String) async throws {
    let event: JSON = [
      "id": .string(key().description), "from": "world", "to": "reserve:ducats", "kind": "posted",
      "amount": ["asset": "DUC/2", "minor": 900_000_000_000_000],
    ]
    let reply = try await post("/v1/ledger/transfers", ["events": [event]], bearer: bearer)
    guard reply["results"]?.array?.first?["status"] == "created" else { throw LoadError(reply.text) }
  }

  /// One price.
  func quote(bearer: String?) async throws {
    let quote = try await post("/v1/quotes", ["side": "sell", "amount": "1000.00 DUC/2"], bearer: bearer)
    guard quote["quote"] != nil else { throw LoadError(quote.text) }
  }

  /// One payment, from the order to the ducats.
  func pay(bearer: String) async throws {
    let opened = try await post(
      "/v1/payments", ["package": "starter"], bearer: bearer, further: [("Idempotency-Key", key().description)])
    guard let intent = opened["intent"]?.string else { throw LoadError(opened.text) }
    stripe.act { book, now in _ = book.confirm(intent, "pm_card_visa", at: now) }
    let seconds = Int64(Date().timeIntervalSince1970)
    let event = PaymentEvent(
      id: "evt_" + intent, type: "payment_intent.succeeded", objectKind: "payment_intent", objectID: intent,
      intent: intent, livemode: false, created: seconds)
    let notice = WebhookForge(secret: Secret(LoadedHost.webhookSecret.utf8)).delivery(event, intent: nil, at: seconds)
    let taken = try await post(
      "/v1/webhooks/stripe", bytes: notice.body, further: [("Stripe-Signature", notice.signature)])
    guard taken["outcome"] == "processed" else { throw LoadError(taken.text) }
  }

  private func key() -> Identifier {
    Identifier(
      milliseconds: Int64(Date().timeIntervalSince1970 * 1000), random: (SecureRandom.word(), SecureRandom.word()))
  }

  private func post(
    _ path: String, _ body: JSON, bearer: String? = nil, further: [(String, String)] = []
  ) async throws -> JSON {
    try await post(
      path, bytes: body.bytes, further: further + (bearer.map { [("Authorization", "Bearer " + $0)] } ?? []))
  }

  private func post(_ path: String, bytes: [UInt8], further: [(String, String)]) async throws -> JSON {
    let fields = [("Content-Type", "application/json")] + further
    let response = try await client.send(
      OutboundRequest(.post, host.api + path, fields: fields.map { .init($0.0, $0.1) }, body: bytes))
    return try JSON(parsing: response.body)
  }
}
