package import Commerce
package import Core

extension StripeClient: PaymentProvider {
  /// Creates an intent for cards; see `PaymentProvider`.
  package func createIntent(
    _ request: PaymentIntentRequest, idempotencyKey: Identifier
  ) async throws(ProviderError) -> PaymentIntent {
    try StripeMetadata.check(request.metadata)
    guard request.amount > 0 else { throw ProviderError(.invalidRequest, "the amount is not above zero") }
    let currency = Array(request.currency.utf8)
    guard currency.count == 3, currency.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }) else {
      throw ProviderError(.invalidRequest, "a currency is three lower-case letters: usd")
    }
    var form = FormBody([
      ("amount", String(request.amount)), ("currency", request.currency), ("payment_method_types[]", "card"),
      ("expand[]", "latest_charge"),
    ])
    // A fixed order, so that a repeated request has the same bytes.
    for (name, value) in request.metadata.sorted(by: { $0.key < $1.key }) { form.add("metadata[\(name)]", value) }
    if let method = request.paymentMethod {
      form.add("payment_method", method)
      form.add("confirm", "true")
    }
    let json = try await post("/v1/payment_intents", form, key: idempotencyKey)
    return try await complete(json, changes: true)
  }

  /// Reads an intent; see `PaymentProvider`.
  package func intent(_ id: String) async throws(ProviderError) -> PaymentIntent {
    let path = try Self.path(id)
    let json = try await get(path, FormBody([("expand[]", "latest_charge")]))
    return try await complete(json, changes: false)
  }

  /// Cancels an intent; see `PaymentProvider`.
  package func cancelIntent(_ id: String) async throws(ProviderError) -> PaymentIntent {
    let path = try Self.path(id)
    do throws(ProviderError) {
      let form = FormBody([("expand[]", "latest_charge")])
      // No idempotency key: with one, Stripe would answer a later attempt with its first response.
      return try await complete(post(path + "/cancel", form, key: nil), changes: true)
    } catch  where error.code == .conflict || error.code == .invalidRequest {
      // Read the intent, whatever the error says: only its state tells whether it can still be canceled.
      let intent = try await self.intent(id)
      if intent.status == .canceled { return intent }
      throw ProviderError(
        .conflict, "the intent is \(intent.status) and can't be canceled", reason: error.reason, intent: intent,
        requestID: error.requestID)
    }
  }

  /// Refunds an intent; see `PaymentProvider`.
  package func refund(
    _ id: String, amount: Int64?, idempotencyKey: Identifier
  ) async throws(ProviderError) -> PaymentRefund {
    _ = try Self.path(id)
    var form = FormBody([("payment_intent", id)])
    if let amount { form.add("amount", String(amount)) }
    let json = try await post("/v1/refunds", form, key: idempotencyKey)
    guard let refund = StripeObjects.refund(json) else {
      throw StripeAnswer(status: 200, body: json).unreadable(changes: true)
    }
    return refund
  }

  /// Finds a payment's intents; see `PaymentProvider`. Reads the list because the search lags minutes behind.
  package func intents(
    payment: Identifier, created: ClosedRange<Int64>
  ) async throws(ProviderError) -> [PaymentIntent] {
    let window = [
      ("created[gte]", String(max(0, created.lowerBound))), ("created[lte]", String(max(0, created.upperBound))),
    ]
    var found: [PaymentIntent] = []
    var after: String?
    for _ in 0..<StripeLimits.pages {
      let page = try await self.page(window, after: after, limit: StripeLimits.pageSize)
      if page.unreadable > 0 {
        throw ProviderError(.unavailable, "\(page.unreadable) intents in Stripe's list can't be read; one may be it")
      }
      found += page.intents.filter { $0.metadata["payment"] == payment.description }
      guard page.hasMore, let last = page.intents.last else { return found }
      after = last.id
    }
    throw ProviderError(.unavailable, "more intents were created meanwhile than a search reads; look it up at Stripe")
  }

  /// Lists intents; see `PaymentProvider`.
  package func listIntents(
    createdSince: Int64, after: String?, limit: Int
  ) async throws(ProviderError) -> PaymentIntentPage {
    try await page([("created[gte]", String(max(0, createdSince)))], after: after, limit: limit)
  }

  private func page(
    _ window: [(String, String)], after: String?, limit: Int
  ) async throws(ProviderError) -> PaymentIntentPage {
    var query = FormBody(window.map { (name: $0.0, value: $0.1) })
    query.add("limit", String(min(max(1, limit), StripeLimits.pageSize)))
    query.add("expand[]", "data.latest_charge")
    if let after { query.add("starting_after", after) }
    let json = try await get("/v1/payment_intents", query)
    guard let list = json["data"]?.array, let hasMore = json["has_more"]?.bool else {
      throw StripeAnswer(status: 200, body: json).unreadable(changes: false)
    }
    var page = PaymentIntentPage(intents: [], hasMore: hasMore)
    for element in list {
      if StripeObjects.intent(element) == nil {
        page.unreadable += 1
      } else {
        page.intents.append(try await complete(element, changes: false))
      }
    }
    return page
  }

  /// The intent in a response, with its disputes, which Stripe lists separately.
  private func complete(_ json: JSON, changes: Bool) async throws(ProviderError) -> PaymentIntent {
    guard var intent = StripeObjects.intent(json) else {
      throw StripeAnswer(status: 200, body: json).unreadable(changes: changes)
    }
    guard StripeObjects.isDisputed(json) else { return intent }
    let query = FormBody([("payment_intent", intent.id), ("limit", String(StripeLimits.pageSize))])
    let list = try await get("/v1/disputes", query)
    guard let disputed = StripeObjects.disputed(list) else {
      throw StripeAnswer(status: 200, body: list).unreadable(changes: false)
    }
    intent.amountDisputed = disputed
    return intent
  }

  /// The path of an intent; throws for an id that would lead to another path.
  private static func path(_ id: String) throws(ProviderError) -> String {
    let isPlain = id.utf8.allSatisfy { byte in
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: "_")
    }
    guard id.begins(with: "pi_"), isPlain, id.utf8.count <= 255 else {
      throw ProviderError(.invalidRequest, "'\(id.prefix(40))' is not the name of an intent")
    }
    return "/v1/payment_intents/" + id
  }
}
