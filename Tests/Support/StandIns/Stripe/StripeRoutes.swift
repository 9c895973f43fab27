internal import Commerce
internal import Core
internal import NIOHTTP1

/// The routes of our own Stripe, over the book.
enum StripeRoutes {
  static func answer(_ request: StripeRequest, _ book: inout StripeBook, at now: Int64) -> (status: Int, body: JSON) {
    let key = request.headers.first(name: "idempotency-key").flatMap { Identifier($0) }
    let steps = request.path.split(separator: "/").map(String.init)
    switch (request.method, steps.dropFirst().first, steps.count) {
    case (.POST, "payment_intents", 2): return create(request, key, &book, at: now)
    case (.GET, "payment_intents", 2): return list(request, book)
    case (.GET, "payment_intents", 3): return intent(book.read(steps[2]), book)
    case (.POST, "payment_intents", 4) where steps[3] == "cancel":
      return intent(book.cancel(steps[2], at: now), book)
    case (.POST, "payment_intents", 4) where steps[3] == "confirm":
      return intent(book.confirm(steps[2], request.field("payment_method") ?? "pm_card_visa", at: now), book)
    case (.POST, "refunds", 2):
      let amount = request.field("amount").flatMap { Int64($0) }
      switch book.refund(request.field("payment_intent") ?? "", amount: amount, key: key, at: now) {
      case .success(let refund): return (200, StripeJSON.refund(refund))
      case .failure(let error): return StripeJSON.error(error)
      }
    case (.GET, "disputes", 2):
      let disputes = request.field("payment_intent").flatMap { book.entry($0) }?.disputes ?? []
      return (200, StripeJSON.disputes(disputes))
    default: return (404, ["error": ["type": "invalid_request_error", "message": "Unrecognized request URL"]])
    }
  }

  private static func create(
    _ request: StripeRequest, _ key: Identifier?, _ book: inout StripeBook, at now: Int64
  ) -> (status: Int, body: JSON) {
    var metadata: [ExactText: String] = [:]
    for field in request.fields where field.name.hasPrefix("metadata[") {
      metadata[String(field.name.dropFirst("metadata[".count).dropLast())] = field.value
    }
    guard let amount = request.field("amount").flatMap({ Int64($0) }), let currency = request.field("currency") else {
      return StripeJSON.error(ProviderError(.invalidRequest, "Missing required param", reason: "parameter_missing"))
    }
    let method = request.field("confirm") == "true" ? request.field("payment_method") : nil
    let wanted = PaymentIntentRequest(amount: amount, currency: currency, metadata: metadata, paymentMethod: method)
    return intent(book.create(wanted, key: key, at: now), nil)
  }

  private static func list(_ request: StripeRequest, _ book: StripeBook) -> (status: Int, body: JSON) {
    let page = book.list(
      since: request.field("created[gte]").flatMap { Int64($0) } ?? 0,
      until: request.field("created[lte]").flatMap { Int64($0) } ?? .max,
      after: request.field("starting_after"), limit: request.field("limit").flatMap { Int($0) } ?? 10)
    let data = page.intents.compactMap { book.entry($0.id) }.map { StripeJSON.intent($0) }
    return (200, ["object": "list", "data": .array(data), "has_more": .bool(page.hasMore)])
  }

  /// The intent as it is in the book; without a book as it is in the result, for an answer given before.
  private static func intent(
    _ result: Result<PaymentIntent, ProviderError>, _ book: StripeBook?
  ) -> (status: Int, body: JSON) {
    switch result {
    case .success(let intent):
      return (200, book?.entry(intent.id).map { StripeJSON.intent($0) } ?? StripeJSON.intent(intent))
    case .failure(let error): return StripeJSON.error(error)
    }
  }
}
