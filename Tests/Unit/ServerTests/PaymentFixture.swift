import Commerce
import Core
import Cryptography
import Decisions
import Hummingbird
import Ledger
import Logging
import LuaRuntime
import NIOCore
import Outbound
@testable import Server
import StandIns
import Stripe
import Synchronization
import Testing

/// Payments over HTTP on both sides: the routes, the shipped rules, a ledger, and a Stripe of our own that fails as it
/// is told. Time stands still unless moved, and the client of Stripe waits without time passing.
final class PaymentFixture: Sendable {
  static let secret = Secret("whsec_dGVzdHNlY3JldA".utf8)

  let prices: QuoteFixture
  let stripe: FakeStripe
  let payments: Payments
  let store = MemoryPaymentStore()
  let venice = FakeDucatSender()
  let api: APIFixture
  let forge = WebhookForge(secret: secret)
  private let http: OutboundClient
  private let effects: CommittingDecisions
  private let raised: Raised

  private final class Raised: Sendable {
    let alarms = Mutex<[PaymentAlarm]>([])
  }

  private init(_ prices: QuoteFixture, timeout: Duration) async throws {
    self.prices = prices
    let now = prices.authentication.now
    stripe = FakeStripe(clock: now)
    let address = try await stripe.start()
    http = OutboundClient(limits: StripeClient.httpLimits)
    let key = try #require(StripeKey(FakeStripe.key))
    let client = try #require(
      StripeClient(
        http: http, key: key, address: address,
        pacing: StripePacing(sleep: { _ in }, random: { 0 }), timeout: timeout))
    var limits = EffectLimits()
    limits.run.deadline = .seconds(60)
    effects = try CommittingDecisions(
      ledger: prices.ledger,
      reader: HostReads(balances: prices.ledger.balances, graph: prices.graph), limits: limits,
      generation: { prices.generation })
    let raised = Raised()
    self.raised = raised
    payments = Payments(
      Payments.Ports(decisions: effects, ledger: prices.ledger, provider: client, store: store), livemode: false,
      logger: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() },
      alarm: { alarm in raised.alarms.withLock { $0.append(alarm) } }, now: now)
    let verifier = try #require(StripeWebhooks(secret: Self.secret, livemode: false))
    let token = OperatorFixture()
    api = APIFixture(
      token: token,
      endpoints: Endpoint.quotes(prices.quotes, authentication: prices.authentication.authentication)
        + Endpoint.payments(
          .open(payments, verifier: verifier), quotes: prices.quotes,
          authentication: prices.authentication.authentication, operators: token.guarding, now: now))
  }

  /// Runs `body` with a fixture whose reserve is full, and ends what it started. `timeout` bounds one attempt of the
  /// client of Stripe.
  static func run(timeout: Duration = .seconds(20), _ body: (PaymentFixture) async throws -> Void) async throws {
    try await QuoteFixture.run { prices in
      let fixture = try await PaymentFixture(prices, timeout: timeout)
      let outcome: Result<Void, any Error>
      do {
        try await fixture.give("reserve:ducats", "1000000.00 DUC/2")
        try await fixture.give("bridge:dollars", "100000.00 USD/2")
        try await body(fixture)
        outcome = .success(())
      } catch { outcome = .failure(error) }
      await fixture.effects.stop()
      await fixture.http.shutdown()
      try await fixture.stripe.stop()
      try outcome.get()
    }
  }

  // MARK: The ledger

  /// Books an amount in from the world.
  func give(_ account: String, _ amount: String) async throws {
    var generator = IdentifierGenerator()
    let event = LedgerEvent.posted(
      generator.next(), from: try #require(AccountName("world")), to: try #require(AccountName(account)),
      try #require(Amount(text: amount)))
    let receipt = try await prices.ledger.commit(Submission([.event(event)], authority: .operator)).receipt
    guard case .results(let results) = receipt, results.allSatisfy({ $0.status == .created }) else {
      Issue.record("\(account) gets nothing: \(receipt)")
      return
    }
  }

  /// What an account has, minor units; 0 for one that nobody knows.
  func posted(_ account: String) async throws -> Int64 {
    let accounts = try await prices.ledger.accounts(named: try #require(AccountName(account)))
    return accounts.first?.balances.posted ?? 0
  }

  /// How many holds are open.
  func holds() async throws -> Int { try await prices.ledger.openHolds(after: nil, limit: 1_000).count }

  /// The alarms so far.
  var alarms: [PaymentAlarm.Code] { raised.alarms.withLock { $0.map(\.code) } }

  // MARK: Asking

  /// A key for a payment that is made now.
  func key(_ number: UInt64) -> Identifier {
    Identifier(milliseconds: prices.authentication.now(), random: (number, number))
  }

  /// `POST /v1/payments`
  func pay(
    _ body: JSON, key: Identifier?, bearer: String?, fields further: [String: String] = [:]
  ) async throws -> Reply {
    var fields = further
    fields["idempotency-key"] = key?.description
    fields["authorization"] = bearer.map { "Bearer " + $0 }
    return try await api.ask(.post, "/v1/payments", fields, body: body.bytes)
  }

  /// `GET /v1/payments/{id}`, or what comes behind it.
  func look(_ id: Identifier, _ method: String = "GET", _ rest: String = "", bearer: String) async throws -> Reply {
    try await api.ask(
      method == "GET" ? .get : .post, "/v1/payments/\(id)\(rest)", ["authorization": "Bearer " + bearer])
  }

  /// The text of a quote.
  func quote(_ side: String, _ amount: String, bearer: String) async throws -> String {
    let body: JSON = ["side": .string(side), "amount": .string(amount)]
    let reply = try await api.ask(.post, "/v1/quotes", ["authorization": "Bearer " + bearer], body: body.bytes)
    return try #require(reply.json["quote"]?.string, "\(reply.text)")
  }

  // MARK: What buyers, banks and Stripe do

  /// The buyer confirms the only intent there is.
  func confirm(_ method: String = "pm_card_visa") {
    stripe.act { book, now in
      for intent in book.intents { _ = book.confirm(intent.id, method, at: now) }
    }
  }

  /// Posts a notice as Stripe does.
  func post(_ body: [UInt8], _ signature: String?) async throws -> Reply {
    try await api.ask(
      .post, "/v1/webhooks/stripe", signature.map { ["stripe-signature": $0] } ?? [:], body: body)
  }

  /// Delivers everything that Stripe has to tell, rightly signed; the outcomes.
  @discardableResult
  func deliver() async throws -> [String] {
    var outcomes: [String] = []
    for event in stripe.newEvents() {
      let reply = try await deliver(event)
      #expect(reply.status == 200, "\(reply.text)")
      outcomes.append(reply.json["outcome"]?.string ?? "none")
    }
    return outcomes
  }

  /// Delivers one event, rightly signed.
  func deliver(_ event: PaymentEvent) async throws -> Reply {
    let delivery = forge.delivery(event, intent: nil, at: prices.authentication.now() / 1000)
    return try await post(delivery.body, delivery.signature)
  }
}
