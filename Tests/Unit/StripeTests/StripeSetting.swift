import Commerce
import Core
import Cryptography
import Outbound
import StandIns
import Stripe
import Synchronization
import Testing

/// Our own Stripe, started, and a client that waits without time passing.
struct StripeSetting: Sendable {
  /// The waits a client asked for.
  final class Waits: Sendable {
    private let list = Mutex<[Duration]>([])
    var all: [Duration] { list.withLock { $0 } }
    func add(_ wait: Duration) { list.withLock { $0.append(wait) } }
  }

  static let now: Int64 = 1_700_000_000_000

  let stripe: FakeStripe
  let client: StripeClient
  let waits: Waits

  /// Runs `body` with both, and stops them.
  static func with(
    key: String = FakeStripe.key, policy: RetryPolicy = RetryPolicy(), timeout: Duration = .seconds(20),
    sleep: @escaping @Sendable (Duration) async throws -> Void = { _ in },
    _ body: (StripeSetting) async throws -> Void
  ) async throws {
    let stripe = FakeStripe(clock: { now })
    let address = try await stripe.start()
    let http = OutboundClient(limits: StripeClient.httpLimits)
    let waits = Waits()
    let pacing = StripePacing(
      sleep: { wait in
        waits.add(wait)
        try await sleep(wait)
      },
      random: { 1024 })
    let secret = try #require(StripeKey(key))
    let client = try #require(
      StripeClient(
        http: http, key: secret, address: address, policy: policy, pacing: pacing,
        timeout: timeout))
    let outcome: Result<Void, any Error>
    do {
      try await body(StripeSetting(stripe: stripe, client: client, waits: waits))
      outcome = .success(())
    } catch { outcome = .failure(error) }
    await http.shutdown()
    try await stripe.stop()
    try outcome.get()
  }

  static func payment(_ number: UInt64) -> Identifier { Identifier(milliseconds: now, random: (number, number)) }

  static func request(_ payment: Identifier, method: String? = nil, amount: Int64 = 1379) -> PaymentIntentRequest {
    PaymentIntentRequest(
      amount: amount, currency: "usd",
      metadata: ["payment": payment.description, "citizen": "Zoë & Marco=ß+ü", "ducats": "100.00"],
      paymentMethod: method)
  }

  /// The error of a call that must fail.
  static func failure<Value>(
    _ call: () async throws -> Value, _ location: SourceLocation = #_sourceLocation
  ) async -> ProviderError? {
    do {
      let value = try await call()
      Issue.record("no error but \(value)", sourceLocation: location)
    } catch let error as ProviderError {
      return error
    } catch { Issue.record(error, sourceLocation: location) }
    return nil
  }
}
