import Core
import Cryptography
import Foundation
import Outbound
import StandIns

/// Loads a host with questions about money and prints, as one JSON object, how many a second it answered:
/// `{"quotes_per_second","citizen_quotes_per_second","payments_per_second"}`.
///
/// `MoneyLoad CASCADE RULEBOOK DATA SECONDS`. A full payment is an order, its confirmation at a Stripe of our own, the
/// notice of that, and the answer that it was processed: then the ducats are in the ledger.
@main
struct MoneyLoad {
  /// Orders and questions that are under way at a time, each of a citizen of its own: how many payments one of them may
  /// leave open is a rule.
  static let askers = 16

  static func main() async throws {
    signal(SIGPIPE, SIG_IGN)
    let arguments = CommandLine.arguments
    guard arguments.count == 5, let seconds = Int(arguments[4]), seconds > 0 else {
      throw LoadError("usage: MoneyLoad CASCADE RULEBOOK DATA SECONDS")
    }
    let stripe = FakeStripe(clock: { Int64(Date().timeIntervalSince1970 * 1000) })
    let address = try await stripe.start()
    let host = try LoadedHost(
      program: arguments[1], rulebook: arguments[2], data: arguments[3], stripe: address)
    let client = OutboundClient()
    let market = Market(host: host, stripe: stripe, client: client)
    let outcome: Result<JSON, any Error>
    do {
      let bearers = try await market.signIn(LoadedHost.citizens(askers, of: arguments[2]))
      try await market.fillReserve(bearer: try host.operatorToken())
      let quotes = try await rate(seconds) { _ in try await market.quote(bearer: nil) }
      let citizens = try await rate(seconds) { try await market.quote(bearer: bearers[$0]) }
      let payments = try await rate(seconds) { try await market.pay(bearer: bearers[$0]) }
      outcome = .success([
        "quotes_per_second": .double(quotes), "citizen_quotes_per_second": .double(citizens),
        "payments_per_second": .double(payments),
      ])
    } catch { outcome = .failure(error) }
    await client.shutdown()
    host.stop()
    try await stripe.stop()
    print(try outcome.get().text)
  }

  /// How often `body` ran a second, by all askers together, after a warm-up of a fifth of the time. It is told which
  /// asker it is.
  private static func rate(_ seconds: Int, _ body: @escaping @Sendable (Int) async throws -> Void) async throws
    -> Double
  {
    _ = try await count(.milliseconds(seconds * 200), body)
    let clock = ContinuousClock()
    let start = clock.now
    let done = try await count(.seconds(seconds), body)
    return Double(done) / ((clock.now - start) / .seconds(1))
  }

  private static func count(
    _ time: Duration, _ body: @escaping @Sendable (Int) async throws -> Void
  ) async throws -> Int {
    let end = ContinuousClock.now + time
    return try await withThrowingTaskGroup(of: Int.self) { group in
      for asker in 0..<askers {
        group.addTask {
          var done = 0
          while ContinuousClock.now < end {
            try await body(asker)
            done += 1
          }
          return done
        }
      }
      return try await group.reduce(0, +)
    }
  }
}

/// What kept the load from being measured.
struct LoadError: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
