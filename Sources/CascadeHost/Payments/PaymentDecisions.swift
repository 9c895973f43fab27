internal import Core
internal import LuaRuntime

/// Asks the rules about payments. Each question has a key, so that asking again answers what was decided.
struct PaymentDecisions: Sendable {
  /// What the rules say.
  enum Verdict: Sendable {
    case decided(result: JSON, generation: Int64)
    case failed(FailedDecision)
  }

  /// The decisions that payments need of a rulebook.
  enum Point: String, Sendable, CaseIterable {
    case price = "bridge.purchase"
    case sell = "bridge.sell"
    case authorize = "payment.authorize"
    case settle = "payment.settle"
    case void = "payment.void"
    case suspend = "payment.suspend"
    case reverse = "payment.reverse"
  }

  let deciding: any EffectfulDeciding

  /// Decides, and commits with what the host books beside it. Throws what has nothing to do with the question.
  func decide(
    _ point: Point, _ input: JSON, key: Identifier, booking: HostBooking? = nil
  ) async throws(PaymentError) -> Verdict {
    let request = EffectfulRequest(
      point: point.rawValue, body: (["input": input] as JSON).bytes, key: key, requester: "payments", booking: booking)
    switch await deciding.decide(request) {
    case .decided(let bytes, _):
      guard let json = try? JSON(parsing: bytes, limits: RecordLimits.parsing), let result = json["result"],
        let generation = json["generation"]?.integer
      else { throw .unavailable("the decision \(point.rawValue) can't be read") }
      return .decided(result: result, generation: generation)
    case .failed(let failed, _):
      switch failed.failure.code {
      case .unknownDecision: throw .missingDecision(point.rawValue)
      case .conflict, .deadline, .memoryExhausted: throw .unavailable(failed.failure.message)
      default: return .failed(failed)
      }
    case .keyReused(let sentence):
      // Whoever took the key, it isn't given back.
      let failure = LuaFailure(code: .refused, message: sentence, reason: "key_reused")
      return .failed(FailedDecision(failure, id: key, generation: 0, cost: RunCost()))
    case .unavailable(let sentence): throw .unavailable(sentence)
    }
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

  /// The input of `payment.authorize` for what `bridge.purchase` answered under `key`.
  func pricedOfferInput(_ price: JSON, generation: Int64, key: Identifier) -> JSON {
    var input = JSON.Object([("payment", .string(id.description)), ("citizen", .string(citizen))])
    for name in ["rate", "multiplier", "ducats", "bonus", "fee", "charge"] {
      input.append(name, price[name] ?? .null)
    }
    input.append("generation", .integer(generation))
    input.append("decision", .string(key.description))
    return offerInput(input)
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
