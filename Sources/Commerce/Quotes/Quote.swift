package import Core

/// Which way money goes: the raw value is the rule's word for it.
package enum QuoteSide: String, Sendable, CaseIterable {
  /// The citizen sells ducats and gets dollars.
  case sell
  /// The citizen buys ducats and pays dollars.
  case buy
  /// Exactly so many ducats, paid through the payment service.
  case purchase
}

/// An offer at the price of one generation. It stands until it expires, whatever becomes of the rules meanwhile.
package struct Quote: Sendable, Equatable {
  /// The id by which a citizen takes the offer.
  package var id: Identifier
  /// The username it is made to; nil for nobody, and then it is a price to look at that can't be paid.
  package var citizen: String?
  /// Whether the citizen buys or sells ducats.
  package var side: QuoteSide
  /// What was asked for: in the source asset, for a purchase the ducats wanted.
  package var amount: Amount
  /// The citizen's measured level in [0, 1]; 0 for one who wasn't measured.
  package var level: Double
  /// What the rule answered.
  package var terms: QuoteTerms
  /// The number of the generation that decided.
  package var generation: Int
  /// The id of the decision `bridge.quote` that made the offer.
  package var decision: Identifier
  /// When it was made, seconds since 1970.
  package var issued: Int64
  /// From when on it is over, seconds since 1970.
  package var expires: Int64

  /// An offer of these parts.
  package init(
    id: Identifier, citizen: String?, side: QuoteSide, amount: Amount, level: Double, terms: QuoteTerms,
    generation: Int, decision: Identifier, issued: Int64, expires: Int64
  ) {
    self.id = id
    self.citizen = citizen
    self.side = side
    self.amount = amount
    self.level = level
    self.terms = terms
    self.generation = generation
    self.decision = decision
    self.issued = issued
    self.expires = expires
  }

  /// The offer as the wire has it: `{"id","citizen"?,"side","amount","level",…,"issued_at","expires_at"}`.
  package var json: JSON {
    var object = JSON.Object([("id", .string(id.description))])
    if let citizen { object.append("citizen", .string(citizen)) }
    object.append("side", .string(side.rawValue))
    object.append("amount", amount.json)
    object.append("level", JSON(number: level))
    for part in terms.parts { object.append(part.name, part.value) }
    object.append("generation", .integer(Int64(generation)))
    object.append("decision_id", .string(decision.description))
    object.append("issued_at", .integer(issued))
    object.append("expires_at", .integer(expires))
    return .object(object)
  }
}

/// What `bridge.quote` answered: its own words, and the parts that the host knows.
package struct QuoteTerms: Sendable, Equatable {
  /// The whole answer as it came.
  package let json: JSON
  /// Dollars for one ducat before the multiplier, a decimal.
  package let rate: String
  /// The multiplier of the level, a decimal.
  package let multiplier: String
  /// In the destination asset, before the fee.
  package let gross: Amount
  /// The bridge's fee, part of what is paid.
  package let fee: Amount
  /// What the citizen gets.
  package let net: Amount
  /// What the payment service collects; nil but for a purchase.
  package let charge: Amount?
  /// `granted`, `none` or `exhausted`: whether the reserve pays a sale's uplift.
  package let uplift: String

  /// Reads what the rule answered; nil when a part is missing or of another form.
  package init?(json: JSON) {
    guard let rate = json["rate"]?.string, let multiplier = json["multiplier"]?.string,
      let gross = Amount(json: json["gross"]), let fee = Amount(json: json["fee"]), let net = Amount(json: json["net"]),
      let uplift = json["uplift"]?.string
    else { return nil }
    var charge: Amount?
    if let member = json["charge"], member != .null {
      guard let amount = Amount(json: member) else { return nil }
      charge = amount
    }
    self.json = json
    self.rate = rate
    self.multiplier = multiplier
    self.gross = gross
    self.fee = fee
    self.net = net
    self.charge = charge
    self.uplift = uplift
  }

  /// The parts that the host knows: `{"rate","multiplier","gross","fee","net","charge"?,"uplift"}`.
  var parts: [(name: String, value: JSON)] {
    var parts: [(name: String, value: JSON)] = [
      ("rate", .string(rate)), ("multiplier", .string(multiplier)), ("gross", gross.json), ("fee", fee.json),
      ("net", net.json),
    ]
    if let charge { parts.append(("charge", charge.json)) }
    return parts + [("uplift", .string(uplift))]
  }
}

extension JSON {
  /// A number, as an integer where it is one, so that it reads back as it was written.
  init(number: Double) {
    self = Int64(exactly: number).map { .integer($0) } ?? .double(number)
  }
}
