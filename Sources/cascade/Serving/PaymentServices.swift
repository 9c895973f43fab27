import Citizens
import Commerce
import Core
import Cryptography
import Decisions
import Ledger
import Logging
import Observability
import Outbound
import Platform
import Server
import ServiceLifecycle
import Stripe
import Venice

/// The assembled parts of payments between citizens, Stripe and Venice. Without Stripe's secrets nobody can pay, but
/// the outbox still delivers earlier purchases to Venice.
struct PaymentServices: Sendable {
  private let desk: PaymentsAvailability
  private let quotes: Quotes
  /// The services that run as long as the host.
  let services: [any Service]
  private let http: OutboundClient?
  private let ducats: VeniceDucats?
  private let provider: ObservedProvider?
  private let tally: CallTally

  /// Throws for an unusable address.
  init(
    _ settings: ServeSettings, _ stores: OpenStores, quotes: Quotes, decisions: any Decisions, logger: Logger
  ) throws {
    self.quotes = quotes
    tally = stores.tally
    var services: [any Service] = []
    let notices = stores.notices
    let alarm = PaymentAlarm.reporting(to: logger)
    // The citizens of a demonstration don't exist in Venice, so it delivers nothing there.
    ducats = settings.isDemo ? nil : try Self.venice(tally)
    if let ducats {
      let outbox = DucatOutbox(store: stores.payments, sender: ducats, logger: logger, alarm: alarm)
      services.append(Repeating { await outbox.run(notices: notices) })
    }
    if let key = settings.stripe.key, let webhooks = settings.stripe.webhooks {
      let http = OutboundClient(limits: StripeClient.httpLimits)
      self.http = http
      guard let stripe = StripeClient(http: http, key: key, address: settings.stripe.address) else {
        throw ReadingError(message: "the address of Stripe must begin with https://")
      }
      let provider = ObservedProvider(provider: stripe, tally: tally)
      self.provider = provider
      let payments = Payments(
        Payments.Ports(
          decisions: ObservedDecisions(part: "payments", decisions: decisions, tally: tally),
          ledger: ObservedLedger(ledger: stores.ledger, tally: tally), provider: provider, store: stores.payments,
          notices: notices),
        livemode: key.livemode, logger: logger, alarm: alarm)
      let reconciler = PaymentReconciler(payments)
      services.append(Repeating { await reconciler.run() })
      desk = .open(payments, verifier: webhooks)
      logger.info("payments through \(stripe)")
    } else {
      http = nil
      provider = nil
      desk = .closed(missing: settings.stripe.missing)
    }
    self.services = services
  }

  /// The routes of quotes and payments.
  func endpoints(_ authentication: CitizenAuthentication, operators: OperatorGuard) -> [Endpoint] {
    Endpoint.quotes(quotes, authentication: authentication)
      + Endpoint.payments(desk, quotes: quotes, authentication: authentication, operators: operators)
  }

  /// Asks Stripe whether it answers again, when it didn't answer last: while it does, whoever pays asks it.
  func probeStripe() async {
    guard let provider, tally.component("stripe")?.isHealthy == false else { return }
    _ = try? await provider.listIntents(createdSince: WallClock.milliseconds() / 1_000, after: nil, limit: 1)
  }

  /// Closes the connections to Venice and Stripe.
  func close() async {
    await ducats?.close()
    await http?.shutdown()
  }

  /// The sender to Venice at `CASCADE_VENICE_URL`, which pays from the purse of `CASCADE_VENICE_PAYER`. Throws for an
  /// unusable address.
  private static func venice(_ tally: CallTally) throws(ReadingError) -> VeniceDucats {
    let transport = ObservedVenice(part: "payments", venice: try VeniceAccess.transport(), tally: tally)
    return VeniceDucats(transport, payer: Environment.value("VENICE_PAYER") ?? VeniceDucats.payer)
  }
}

/// Runs a repeating task and cancels it when the host stops.
struct Repeating: Service {
  let body: @Sendable () async -> Void

  init(_ body: @escaping @Sendable () async -> Void) { self.body = body }

  func run() async throws { await cancelWhenGracefulShutdown(body) }
}
