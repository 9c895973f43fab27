package import Commerce
internal import Core
internal import Cryptography

/// An account at a Stripe of our own, as a value: intents, refunds, disputes, keys and the events they cause. Both
/// stand-ins, the one in memory and the one behind HTTP, are made of it.
package struct StripeBook: Sendable {
  struct Dispute: Sendable {
    var id: String
    var amount: Int64
    var status: String
  }

  struct Entry: Sendable {
    var intent: PaymentIntent
    var disputes: [Dispute] = []
    var wasDisputed: Bool { !disputes.isEmpty }
  }

  /// What a key was used for, and how that ended.
  private struct Made<Request: Equatable & Sendable, Value: Sendable>: Sendable {
    var request: Request
    var outcome: Result<Value, ProviderError>
  }

  private struct RefundRequest: Equatable, Sendable {
    var intent: String
    var amount: Int64?
  }

  /// Whether the account moves real money.
  package let livemode: Bool
  /// Every event so far, in order.
  package private(set) var events: [PaymentEvent] = []
  /// Oldest first.
  private(set) var entries: [Entry] = []
  /// Those that are on their way, in the order in which they came to be.
  package private(set) var processing: [String] = []
  private var places: [String: Int] = [:]
  private var placesOfPayments: [String: [Int]] = [:]
  private var created: [Identifier: Made<PaymentIntentRequest, PaymentIntent>] = [:]
  private var refunded: [Identifier: Made<RefundRequest, PaymentRefund>] = [:]
  private var number = 0

  /// An account without anything.
  package init(livemode: Bool = false) { self.livemode = livemode }

  /// Every intent, oldest first. O(intents).
  package var intents: [PaymentIntent] { entries.map(\.intent) }

  private mutating func next(_ prefix: String) -> String {
    number += 1
    let digits = String(number)
    return prefix + String(repeating: "0", count: max(0, 12 - digits.count)) + digits
  }

  private mutating func tell(_ type: String, _ kind: String, _ object: String, of intent: String, at now: Int64) {
    events.append(
      PaymentEvent(
        id: next("evt_"), type: type, objectKind: kind, objectID: object, intent: intent, livemode: livemode,
        created: now))
  }
}

// MARK: - What the host asks

extension StripeBook {
  /// Makes an intent at `now` (seconds since 1970), or repeats what the key did before.
  mutating func create(
    _ request: PaymentIntentRequest, key: Identifier?, at now: Int64
  ) -> Result<PaymentIntent, ProviderError> {
    if let key, let made = created[key] {
      guard made.request == request else { return .failure(Self.otherRequest) }
      return made.outcome
    }
    if request.paymentMethod?.contains("unknown") == true {
      return .failure(
        ProviderError(
          .unknownMethod, "No such PaymentMethod: '\(request.paymentMethod ?? "")'", reason: "resource_missing"))
    }
    let id = next("pi_")
    let intent = PaymentIntent(
      id: id, amount: request.amount, currency: request.currency, status: .requiresPaymentMethod,
      metadata: request.metadata, livemode: livemode, created: now, clientSecret: Secret("\(id)_secret_x".utf8))
    places[id] = entries.count
    if let payment = request.metadata["payment"] { placesOfPayments[payment, default: []].append(entries.count) }
    entries.append(Entry(intent: intent))
    tell("payment_intent.created", "payment_intent", id, of: id, at: now)
    var outcome: Result<PaymentIntent, ProviderError> = .success(intent)
    if let method = request.paymentMethod { outcome = confirm(id, method, at: now) }
    if let key { created[key] = Made(request: request, outcome: outcome) }
    return outcome
  }

  /// The intent of this name.
  func read(_ id: String) -> Result<PaymentIntent, ProviderError> {
    guard let place = places[id] else { return .failure(Self.missing(id)) }
    return .success(entries[place].intent)
  }

  /// The whole entry of this name.
  func entry(_ id: String) -> Entry? { places[id].map { entries[$0] } }

  /// Cancels where Stripe would.
  mutating func cancel(_ id: String, at now: Int64) -> Result<PaymentIntent, ProviderError> {
    guard let place = places[id] else { return .failure(Self.missing(id)) }
    switch entries[place].intent.status {
    case .canceled: break
    case .requiresPaymentMethod, .requiresConfirmation, .requiresAction, .requiresCapture:
      entries[place].intent.status = .canceled
      tell("payment_intent.canceled", "payment_intent", id, of: id, at: now)
    default:
      return .failure(
        ProviderError(
          .conflict, "the intent can't be canceled now", reason: "payment_intent_unexpected_state",
          intent: entries[place].intent))
    }
    return .success(entries[place].intent)
  }

  /// Gives money back, or repeats what the key did before.
  mutating func refund(
    _ id: String, amount: Int64?, key: Identifier?, at now: Int64
  ) -> Result<PaymentRefund, ProviderError> {
    let request = RefundRequest(intent: id, amount: amount)
    if let key, let made = refunded[key] {
      return made.request == request ? made.outcome : .failure(Self.otherRequest)
    }
    let outcome = refunding(id, amount, at: now)
    if let key { refunded[key] = Made(request: request, outcome: outcome) }
    return outcome
  }

  private mutating func refunding(
    _ id: String, _ amount: Int64?, at now: Int64
  ) -> Result<PaymentRefund, ProviderError> {
    guard let place = places[id] else { return .failure(Self.missing(id)) }
    let intent = entries[place].intent
    let left = intent.amountReceived - intent.amountRefunded
    guard left > 0 else {
      return .failure(
        ProviderError(.conflict, "nothing is left to refund", reason: "charge_already_refunded", intent: intent))
    }
    let amount = amount ?? left
    guard (1...left).contains(amount) else {
      return .failure(ProviderError(.invalidRequest, "more than is left", intent: intent))
    }
    entries[place].intent.amountRefunded += amount
    tell("charge.refunded", "charge", Self.charge(id), of: id, at: now)
    return .success(PaymentRefund(id: next("re_"), amount: amount, status: "succeeded"))
  }

  /// The intents of a payment that were created then, newest first.
  func find(payment: Identifier, created: ClosedRange<Int64>) -> [PaymentIntent] {
    (placesOfPayments[payment.description] ?? []).reversed().map { entries[$0].intent }
      .filter { created.contains($0.created) }
  }

  /// A page of the list, newest first. O(log intents + limit), while `created` only grew.
  func list(since: Int64, until: Int64 = .max, after: String?, limit: Int) -> PaymentIntentPage {
    var end = after.flatMap { places[$0] } ?? entries.count
    while end > 0, entries[end - 1].intent.created > until { end -= 1 }
    var page: [PaymentIntent] = []
    while end > 0, page.count < limit, entries[end - 1].intent.created >= since {
      end -= 1
      page.append(entries[end].intent)
    }
    return PaymentIntentPage(intents: page, hasMore: end > 0 && entries[end - 1].intent.created >= since)
  }

  private static let otherRequest = ProviderError(
    .conflict, "the key was used with another request", reason: "idempotency_error")

  private static func missing(_ id: String) -> ProviderError {
    ProviderError(.notFound, "no such payment_intent: '\(id)'", reason: "resource_missing")
  }

  static func charge(_ intent: String) -> String { "ch_" + intent.dropFirst(3) }
}

// MARK: - What buyers and banks do

extension StripeBook {
  /// The buyer confirms with a method, as named by Stripe's test methods: `pm_card_visa` pays; one with `Declined` or
  /// `Fail` in its name is declined; one with `authenticationRequired` asks for more. Stripe
  /// has none with `unknown` in its name.
  package mutating func confirm(_ id: String, _ method: String, at now: Int64) -> Result<PaymentIntent, ProviderError> {
    guard let place = places[id] else { return .failure(Self.missing(id)) }
    let open: [PaymentIntentStatus] = [.requiresPaymentMethod, .requiresConfirmation, .requiresAction, .processing]
    guard open.contains(entries[place].intent.status) else {
      return .failure(
        ProviderError(
          .conflict, "the intent can't be confirmed now", reason: "payment_intent_unexpected_state",
          intent: entries[place].intent))
    }
    if entries[place].intent.status == .processing { processing.removeAll { $0 == id } }
    if method.contains("authenticationRequired") {
      entries[place].intent.status = .requiresAction
      tell("payment_intent.requires_action", "payment_intent", id, of: id, at: now)
    } else if method.contains("Declined") || method.contains("Fail") {
      entries[place].intent.status = .requiresPaymentMethod
      entries[place].intent.lastFailure = "generic_decline"
      tell("payment_intent.payment_failed", "payment_intent", id, of: id, at: now)
      return .failure(
        ProviderError(
          .declined, "Your card was declined.", reason: "generic_decline", intent: entries[place].intent))
    } else if method.contains("processing") {
      entries[place].intent.status = .processing
      processing.append(id)
      tell("payment_intent.processing", "payment_intent", id, of: id, at: now)
    } else {
      entries[place].intent.status = .succeeded
      entries[place].intent.amountReceived = entries[place].intent.amount
      entries[place].intent.lastFailure = nil
      tell("payment_intent.succeeded", "payment_intent", id, of: id, at: now)
      tell("charge.succeeded", "charge", Self.charge(id), of: id, at: now)
    }
    return .success(entries[place].intent)
  }

  /// The bank takes `amount` back for now; nil for all of it. Gives the dispute's name, nil without such a payment.
  package mutating func dispute(_ id: String, amount: Int64? = nil, at now: Int64) -> String? {
    guard let place = places[id], entries[place].intent.status == .succeeded else { return nil }
    let dispute = Dispute(
      id: next("dp_"), amount: amount ?? entries[place].intent.amountReceived, status: "needs_response")
    entries[place].disputes.append(dispute)
    count(place)
    tell("charge.dispute.created", "dispute", dispute.id, of: id, at: now)
    return dispute.id
  }

  /// Somebody gives `amount` back at the provider itself, where so much is left.
  package mutating func giveBack(_ id: String, amount: Int64, at now: Int64) {
    _ = refund(id, amount: amount, key: nil, at: now)
  }

  /// The last `count` intents, oldest first.
  package func newest(_ count: Int) -> [PaymentIntent] { entries.suffix(count).map(\.intent) }

  /// The bank decides a dispute.
  package mutating func closeDispute(_ dispute: String, of id: String, won: Bool, at now: Int64) {
    guard let place = places[id], let index = entries[place].disputes.firstIndex(where: { $0.id == dispute }) else {
      return
    }
    entries[place].disputes[index].status = won ? "won" : "lost"
    count(place)
    tell("charge.dispute.closed", "dispute", dispute, of: id, at: now)
  }

  /// Makes an intent what it never should be, such as paid in another currency. Tells nobody.
  package mutating func change(_ id: String, _ change: (inout PaymentIntent) -> Void) {
    guard let place = places[id] else { return }
    change(&entries[place].intent)
  }

  private mutating func count(_ place: Int) {
    entries[place].intent.amountDisputed = entries[place].disputes.filter { $0.status != "won" }
      .reduce(0) { $0 + $1.amount }
  }
}
