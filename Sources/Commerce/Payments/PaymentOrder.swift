package import Core

/// What a citizen wants, with everything the host knows for certain: who asks, at which level, on which quote.
package struct PaymentOrder: Sendable, Equatable {
  /// The citizen's wish, before a rule has priced it.
  package enum Wanted: Sendable, Equatable {
    /// What was quoted, at the quote's price, whatever the rules say by now.
    case quote(VerifiedQuote)
    /// A package, at its price.
    case package(String)
    /// As many ducats, at today's price.
    case custom(ducats: Amount)
  }

  /// The payment's id for ever, chosen by the caller: a version 7 UUID made within a day of now.
  package var payment: Identifier
  /// The citizen's username; one segment of an account's name.
  package var citizen: String
  /// The citizen's level, 0 to 1; with a quote, the level it was made at.
  package var level: Double
  /// The citizen's wish, before a rule has priced it.
  package var wanted: Wanted
  /// The method to confirm with at once; nil leaves that to the buyer's browser.
  package var paymentMethod: String?

  /// An order of these parts.
  package init(
    payment: Identifier, citizen: String, level: Double, wanted: Wanted, paymentMethod: String? = nil
  ) {
    self.payment = payment
    self.citizen = citizen
    self.level = level
    self.wanted = wanted
    self.paymentMethod = paymentMethod
  }

  /// What kind of payment it makes; nil for a quote of no known side.
  package var kind: PaymentKind? {
    switch wanted {
    case .package: .package
    case .custom: .purchase
    case .quote(let quote): quote.terms["side"]?.string.flatMap(PaymentKind.init(side:))
    }
  }

  /// The decision that quoted; nil without a quote.
  package var quote: Identifier? { if case .quote(let quote) = wanted { quote.decision } else { nil } }

  /// Why it can't be taken at `now` (milliseconds since 1970), naming the part; nil when it can.
  package func problem(now: Int64) -> String? {
    let day: Int64 = 86_400_000
    if !(now - day...now + day).contains(payment.milliseconds) || payment.high >> 12 & 0xF != 7 {
      return "the payment's id must be a version 7 UUID made within a day of now"
    }
    if citizen.contains(":") || AccountName(citizen) == nil { return "'\(citizen)' is no citizen's name" }
    if !(0...1).contains(level) { return "the level must lie between 0 and 1" }
    if kind == nil { return "the quote has no 'side' that is known" }
    if case .custom(let ducats) = wanted, ducats.minor <= 0 { return "the amount must be more than nothing" }
    return nil
  }
}

/// What sort of payment it is. The raw value is its name on the wire.
package enum PaymentKind: String, Sendable, CaseIterable {
  /// Ducats for dollars that the host owes.
  case sell
  /// Dollars for as many ducats as they buy.
  case buy
  /// So many ducats for what they cost.
  case purchase
  /// One of the policy's packages, at its price.
  case package

  /// The kind of a quote's side.
  init?(side: String) {
    self.init(rawValue: side)
    if self == .package { return nil }
  }
}

/// A quote that the host gave: its signature, its end and its citizen were checked. It pays for one payment.
package struct VerifiedQuote: Sendable, Equatable {
  /// What `bridge.quote` was asked for, in the source asset.
  package var amount: Amount
  /// The rule's answer, kept with the order as evidence.
  package var terms: JSON
  /// The generation that quoted.
  package var generation: Int
  /// The decision that quoted; the quote is known by it.
  package var decision: Identifier

  /// A quote of these parts.
  package init(amount: Amount, terms: JSON, generation: Int, decision: Identifier) {
    self.amount = amount
    self.terms = terms
    self.generation = generation
    self.decision = decision
  }
}

extension PaymentOrder {
  /// The order as it is kept. O(size).
  package var json: JSON {
    var object = JSON.Object([
      ("payment", .string(payment.description)), ("citizen", .string(citizen)), ("level", .double(level)),
    ])
    switch wanted {
    case .quote(let quote):
      object.append(
        "quote",
        [
          "amount": quote.amount.json, "terms": quote.terms, "generation": .integer(Int64(quote.generation)),
          "decision": .string(quote.decision.description),
        ])
    case .package(let name): object.append("package", .string(name))
    case .custom(let ducats): object.append("ducats", ducats.json)
    }
    if let paymentMethod { object.append("payment_method", .string(paymentMethod)) }
    return .object(object)
  }

  /// Reads ``json`` back; nil when it isn't that. O(size).
  package init?(json: JSON) {
    guard let payment = json["payment"]?.string.flatMap({ Identifier($0) }), let citizen = json["citizen"]?.string,
      let level = json["level"]?.number, let wanted = Self.wanted(json)
    else { return nil }
    self.init(
      payment: payment, citizen: citizen, level: level, wanted: wanted,
      paymentMethod: json["payment_method"]?.string)
  }

  private static func wanted(_ json: JSON) -> Wanted? {
    if let name = json["package"]?.string { return .package(name) }
    if let ducats = Amount(json: json["ducats"]) { return .custom(ducats: ducats) }
    guard let quote = json["quote"], let amount = Amount(json: quote["amount"]), let terms = quote["terms"],
      let generation = quote["generation"]?.integer,
      let decision = quote["decision"]?.string.flatMap({ Identifier($0) })
    else { return nil }
    return .quote(VerifiedQuote(amount: amount, terms: terms, generation: Int(generation), decision: decision))
  }
}
