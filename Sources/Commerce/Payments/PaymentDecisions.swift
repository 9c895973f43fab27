package import Core
internal import Decisions

/// Asks the rules about payments. What has effects has a key, so that asking again answers what was decided.
struct PaymentDecisions: Sendable {
  /// What the rules say.
  enum Verdict: Sendable {
    case decided(PaymentAnswer)
    /// They refused, or failed for good.
    case failed(DecisionFailure)
  }

  /// The decisions that payments need of a rulebook.
  enum Point: String, Sendable, CaseIterable {
    case price = "bridge.purchase"
    case sell = "bridge.sell"
    case authorize = "payment.authorize"
    case stands = "payment.stands"
    case settle = "payment.settle"
    case void = "payment.void"
    case suspend = "payment.suspend"
    case reverse = "payment.reverse"
  }

  let decisions: any Decisions

  /// Decides, and commits with what the host books beside it. Throws what has nothing to do with the question.
  func decide(
    _ point: Point, _ input: JSON, key: Identifier? = nil, booking: HostBooking? = nil
  ) async throws(PaymentError) -> Verdict {
    let question = Question(point.rawValue, .value(input), requester: "payments", key: key, booking: booking)
    do throws(DecisionFailure) {
      let decided = try await decisions.decide(question)
      return .decided(
        PaymentAnswer(result: try decided.result(), generation: decided.generation, decision: decided.id))
    } catch {
      switch error.code {
      case .unknownDecision: throw .decision(error)
      case .unavailable, .conflict, .deadline, .memoryExhausted: throw .unavailable(error.message)
      // Of a key that stands for another question, too: whoever took the key, it isn't given back.
      default: return .failed(error)
      }
    }
  }
}

/// What a rule answered about a payment.
package struct PaymentAnswer: Sendable, Equatable {
  /// The rule's result, as its schema shapes it.
  package var result: JSON
  /// The generation that answered.
  package var generation: Int
  /// The id of the decision, under which its record is found.
  package var decision: Identifier
}

extension PaymentAnswer {
  /// The answer as it is kept with its payment.
  var json: JSON {
    ["result": result, "generation": .integer(Int64(generation)), "decision": .string(decision.description)]
  }

  /// Reads ``json`` back; nil when it isn't that.
  init?(json: JSON) {
    guard let result = json["result"], let generation = json["generation"]?.integer,
      let decision = json["decision"]?.string.flatMap({ Identifier($0) })
    else { return nil }
    self.init(result: result, generation: Int(generation), decision: decision)
  }
}

extension Payment {
  /// The input of `bridge.sell`; nil when the order is no quoted sale.
  var saleInput: JSON? {
    guard case .quote(let quote) = order.wanted, kind == .sell else { return nil }
    var input = quoteInput(quote)
    input.append("amount", quote.amount.json)
    for name in ["gross", "fee", "net", "uplift"] { input.append(name, quote.terms[name] ?? .null) }
    return .object(input)
  }

  /// The input of `payment.authorize` for a quote to buy; nil when the order is none.
  var quotedOfferInput: JSON? {
    guard case .quote(let quote) = order.wanted, kind != .sell, let ducats = Amount(json: quote.terms["net"])
    else { return nil }
    var input = quoteInput(quote)
    input.append("ducats", ducats.json)
    input.append("bonus", Amount(0, ducats.asset).json)
    input.append("fee", quote.terms["fee"] ?? .null)
    input.append("charge", kind == .buy ? quote.amount.json : quote.terms["charge"] ?? .null)
    return offerInput(input)
  }

  /// The input of `bridge.purchase`; nil when the order is on a quote.
  var priceInput: JSON? {
    switch order.wanted {
    case .package(let name): ["package": .string(name), "level": .double(order.level)]
    case .custom(let ducats): ["amount": ducats.json, "level": .double(order.level)]
    case .quote: nil
    }
  }

  /// The input of `payment.authorize` for what `bridge.purchase` answered.
  func pricedOfferInput(_ price: PaymentAnswer) -> JSON {
    var input = JSON.Object([("payment", .string(id.description)), ("citizen", .string(citizen))])
    for name in ["rate", "multiplier", "ducats", "bonus", "fee", "charge"] {
      input.append(name, price.result[name] ?? .null)
    }
    input.append("generation", .integer(Int64(price.generation)))
    input.append("decision", .string(price.decision.description))
    return offerInput(input)
  }

  /// The input of `payment.stands`; nil before it is authorised, and for a sale.
  var standingInput: JSON? {
    guard kind != .sell, let charge, let ducats else { return nil }
    return ["payment": .string(id.description), "ducats": ducats.json, "charge": charge.json]
  }

  /// The input of `payment.settle`.
  func settleInput(_ terms: PaymentTerms, collected: Amount) -> JSON {
    [
      "payment": .string(id.description), "citizen": .string(citizen), "holds": .array(terms.holds),
      "ducats": terms.ducats.json, "bonus": terms.bonus.json, "fee": terms.fee.json, "charge": terms.charge.json,
      "collected": collected.json, "metadata": self.terms?["metadata"] ?? [:],
    ]
  }

  private func offerInput(_ common: JSON.Object) -> JSON {
    var input = common
    input.append("level", .double(order.level))
    input.append("kind", .string(kind.rawValue))
    input.append("open_payments", .integer(Int64(othersOpen)))
    return .object(input)
  }

  private func quoteInput(_ quote: VerifiedQuote) -> JSON.Object {
    JSON.Object([
      ("payment", .string(id.description)), ("citizen", .string(citizen)),
      ("rate", quote.terms["rate"] ?? .null), ("multiplier", quote.terms["multiplier"] ?? .null),
      ("generation", .integer(Int64(quote.generation))), ("decision", .string(quote.decision.description)),
    ])
  }
}
