package import Core
internal import Decisions

/// Where a payment stands. The raw value is its name on the wire.
package enum PaymentState: String, Sendable, CaseIterable {
  /// Asked for; nothing is booked.
  case created
  /// The ducats are held; there may be an intent at the provider.
  case held
  /// There is an intent, and it waits for the buyer.
  case open
  /// Paid and posted; or sold.
  case settled
  /// Paid when the ducats were no longer held: the money is in suspense.
  case suspended
  /// Given up; the ducats are released.
  case canceled
  /// The rules or the ledger refused it.
  case refused

  /// Whether something must still happen.
  package var isPending: Bool { [.created, .held, .open].contains(self) }
}

/// A payment as the host knows it: what was ordered, what was agreed, and how far it has come.
package struct Payment: Sendable, Equatable {
  /// The order as it was priced; it never changes.
  package let order: PaymentOrder
  /// How often it was kept, as the store says; 0 before it ever was. A change of another revision is refused.
  package var revision: Int64 = 0
  /// The state, which only `PaymentStep` moves.
  package var state = PaymentState.created
  /// What `bridge.purchase` answered, kept before the ducats are held at that price; nil before, and with a quote.
  package var price: PaymentAnswer?
  /// What `payment.authorize` or `bridge.sell` answered; nil before.
  package var terms: JSON?
  /// The provider's name of the intent; nil before there is one.
  package var intent: String?
  /// When the provider was last asked for an intent, whether or not that got through; milliseconds since 1970, nil when
  /// it never was.
  package var asked: Int64?
  /// Whether its intent is asked for with the ledger's mark; hosts from before there were marks asked without.
  package var isMarked = false
  /// How many other payments of the citizen were unfinished when this one came.
  package var othersOpen = 0
  /// Whether its holds have expired or were voided, so that it can't be settled.
  package var holdIsGone = false
  /// The decision that settled or suspended it; nil before.
  package var settlement: Identifier?
  /// What was taken back for refunds and disputes, minor units of the charge.
  package var reversed: Int64 = 0
  /// Up to where it is being taken back now; kept before that is decided, so that it is decided once. Nil when nothing
  /// is under way.
  package var reversing: Int64?
  /// How many decisions about it have failed for good; the next has a key of its own.
  package var attempt = 0
  /// Why it is stuck, for operators; nil when it isn't.
  package var problem: String?
  /// Why it was refused; nil when it wasn't.
  package var failure: LuaFailure?
  /// When the citizen ordered: milliseconds since 1970.
  package let created: Int64
  /// When it last changed; milliseconds since 1970.
  package var updated: Int64

  /// Begins a payment for `order` in the state `created`.
  package init(_ order: PaymentOrder, now: Int64) {
    self.order = order
    created = now
    updated = now
  }

  /// The id, which is also the order's.
  package var id: Identifier { order.payment }
  /// The username of the citizen who pays.
  package var citizen: String { order.citizen }
  /// What sort it is.
  package var kind: PaymentKind { order.kind ?? .purchase }
  /// What the buyer is asked for; nil for a sale and before it is authorised.
  package var charge: Amount? { Amount(json: terms?["charge"]) }
  /// What a buyer gets, without bonus, or a seller gives; nil before it is authorised.
  package var ducats: Amount? {
    if kind == .sell, case .quote(let quote) = order.wanted { return quote.amount }
    return Amount(json: terms?["ducats"])
  }
  /// The bonus ducats of a package; nil for a sale and before it is authorised.
  package var bonus: Amount? { Amount(json: terms?["bonus"]) }
  /// The fee, in the asset the citizen gets; nil before it is authorised.
  package var fee: Amount? { Amount(json: terms?["fee"]) }
  /// What a seller is owed; nil for what isn't sold.
  package var payout: Amount? { Amount(json: terms?["payout"]) }
  /// The code of the refusal, the rule's or the ledger's own where there is one; nil when it wasn't refused.
  package var refusal: String? { failure.map { $0.reason ?? $0.code.rawValue } }
  /// Whether the reconciler must look after it.
  package var isUnfinished: Bool { state.isPending || reversing != nil }

  /// The key of a decision about it.
  package func key(_ step: String) -> Identifier { Identifier(step: step, attempt: attempt, of: id) }
}

extension Payment {
  /// The payment as it is kept. O(size).
  package var json: JSON {
    var object = JSON.Object([
      ("order", order.json), ("state", .string(state.rawValue)), ("created", .integer(created)),
      ("updated", .integer(updated)), ("reversed", .integer(reversed)), ("attempt", .integer(Int64(attempt))),
    ])
    object["asked"] = asked.map { .integer($0) }
    if isMarked { object.append("marked", true) }
    if othersOpen > 0 { object.append("others_open", .integer(Int64(othersOpen))) }
    if holdIsGone { object.append("hold_is_gone", true) }
    object["price"] = price?.json
    object["terms"] = terms
    object["intent"] = intent.map { .string($0) }
    object["settlement"] = settlement.map { .string($0.description) }
    object["problem"] = problem.map { .string($0) }
    object["failure"] = failure?.json
    object["reversing"] = reversing.map { .integer($0) }
    return .object(object)
  }

  /// Reads ``json`` back; nil when it isn't that. O(size).
  package init?(json: JSON) {
    guard let order = json["order"].flatMap(PaymentOrder.init(json:)),
      let state = json["state"]?.string.flatMap(PaymentState.init(rawValue:)),
      let created = json["created"]?.integer, let updated = json["updated"]?.integer,
      let reversed = json["reversed"]?.integer, let attempt = json["attempt"]?.integer,
      // Ages and waits are counted from them.
      [created, updated, attempt].allSatisfy({ $0.magnitude <= WallClock.latestMilliseconds })
    else { return nil }
    self.order = order
    self.state = state
    self.created = created
    self.updated = updated
    self.reversed = reversed
    self.attempt = Int(attempt)
    price = json["price"].flatMap(PaymentAnswer.init(json:))
    terms = json["terms"]
    intent = json["intent"]?.string
    // Earlier hosts kept whether, and not when.
    asked = json["asked"]?.integer ?? (json["has_asked_provider"] == true ? updated : nil)
    isMarked = json["marked"]?.bool ?? false
    othersOpen = Int(json["others_open"]?.integer ?? 0)
    holdIsGone = json["hold_is_gone"]?.bool ?? false
    settlement = json["settlement"]?.string.flatMap { Identifier($0) }
    problem = json["problem"]?.string
    failure = json["failure"].flatMap(LuaFailure.init(json:))
    reversing = json["reversing"]?.integer
  }
}

/// What was agreed when a payment was authorised, read out of its terms.
struct PaymentTerms: Sendable, Equatable {
  var holds: [JSON]
  var charge: Amount
  var fee: Amount
  var ducats: Amount
  var bonus: Amount
  var currency: String
  var metadata: [ExactText: String]
  var intentMilliseconds: Int64

  /// The terms in what `payment.authorize` answered; nil when they aren't all there.
  init?(_ json: JSON?) {
    guard let json, let holds = json["holds"]?.array, !holds.isEmpty, let charge = Amount(json: json["charge"]),
      charge.minor > 0, let fee = Amount(json: json["fee"]), let ducats = Amount(json: json["ducats"]),
      let bonus = Amount(json: json["bonus"]), let currency = json["currency"]?.string,
      let seconds = json["intent_seconds"]?.integer, let metadata = json["metadata"]?.object?.members
    else { return nil }
    self.holds = holds
    self.charge = charge
    self.fee = fee
    self.ducats = ducats
    self.bonus = bonus
    self.currency = currency
    self.metadata = Dictionary(metadata.map { (ExactText($0.name), $0.value.string ?? "") }) { _, last in last }
    intentMilliseconds = seconds.multipliedReportingOverflow(by: 1000).partialValue
  }
}
