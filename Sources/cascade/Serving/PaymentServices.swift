import AsyncHTTPClient
import CascadeHost
import CascadeServer
import Cryptography
import Ledger
import Logging
import StoreSQLite
import ServiceLifecycle
import Stripe
import Venice

/// What moves money between citizens, Stripe and Venice, put together. Without Stripe's secrets nobody can pay; what
/// was bought before is sent to Venice all the same.
struct PaymentServices: Sendable {
  private let desk: PaymentDesk
  private let quotes: Quotes
  /// What runs as long as the host does.
  let services: [any Service]
  private let store: SQLitePaymentStore
  private let http: HTTPClient?
  private let ducats: VeniceDucats?

  /// Opens everything in the data directory. Throws what is wrong with it, or with an address.
  init(
    _ settings: ServeSettings, quotes: Quotes, deciding: any EffectfulDeciding, ledger: any LedgerStore, logger: Logger
  ) throws {
    self.quotes = quotes
    store = try SQLitePaymentStore(directory: DataDirectory.payments(in: settings.data))
    var services: [any Service] = []
    // A demonstration's citizens are no citizens of Venice: what they buy stays here.
    ducats = settings.isDemo ? nil : try Self.venice()
    if let ducats {
      let outbox = DucatOutbox(store: store, sender: ducats, logger: logger)
      services.append(Repeating { await outbox.run() })
    }
    if let key = settings.stripe.key, let webhooks = settings.stripe.webhooks {
      let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: StripeClient.httpConfiguration)
      self.http = http
      guard let stripe = StripeClient(http: http, key: key, address: settings.stripe.address) else {
        try http.syncShutdown()
        throw ReadingError(message: "the address of Stripe must begin with https://")
      }
      let payments = Payments(
        Payments.Ports(deciding: deciding, ledger: ledger, provider: stripe, store: store),
        livemode: key.livemode, logger: logger)
      let reconciler = PaymentReconciler(payments)
      services.append(Repeating { await reconciler.run() })
      desk = .open(payments, verifier: webhooks)
      logger.info("payments through \(stripe)")
    } else {
      http = nil
      desk = .closed(missing: settings.stripe.missing)
    }
    self.services = services
  }

  /// The routes of prices and payments.
  func endpoints(_ authentication: CitizenAuthentication, operators: OperatorGuard) -> [Endpoint] {
    Endpoint.quotes(quotes, authentication: authentication)
      + Endpoint.payments(desk, quotes: quotes, authentication: authentication, operators: operators)
  }

  /// Ends connections and closes files.
  func close() async {
    await ducats?.close()
    try? await http?.shutdown()
    store.close()
  }

  /// The sender to Venice, at `CASCADE_VENICE_URL`, from the purse of `CASCADE_VENICE_PAYER`.
  private static func venice() throws(ReadingError) -> VeniceDucats {
    do throws(VeniceFailure) {
      let transport = try HTTPTransport(
        baseURL: Environment.value("VENICE_URL") ?? VeniceClient.address,
        key: Environment.value("VENICE_KEY").map { Secret($0.utf8) })
      return VeniceDucats(transport, payer: Environment.value("VENICE_PAYER") ?? VeniceDucats.payer)
    } catch {
      throw ReadingError(message: error.reason)
    }
  }
}

/// Runs what repeats itself until it is cancelled, and cancels it when the host stops.
struct Repeating: Service {
  let body: @Sendable () async -> Void

  init(_ body: @escaping @Sendable () async -> Void) { self.body = body }

  func run() async throws { await cancelWhenGracefulShutdown(body) }
}
