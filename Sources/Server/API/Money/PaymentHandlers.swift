internal import Commerce
internal import Core
internal import Decisions
internal import Hummingbird
internal import Logging
internal import Tokens

/// What the routes of payments do.
struct PaymentHandlers: Sendable {
  /// Where payments are made.
  var desk: PaymentsAvailability
  /// Who knows quotes, and measures.
  var quotes: Quotes
  /// Tells who asks by the token of the request.
  var citizens: CitizenGuard
  /// Who operates the host.
  var operators: OperatorGuard
  /// Tells the time, milliseconds since 1970.
  var now: @Sendable () -> Int64

  /// `{"quote"}`, `{"package"}` or `{"amount"}` → the payment, with what its buyer's browser confirms with.
  func create(_ request: Request, _ context: APIContext) async throws -> Response {
    let citizen = try citizens.citizen(request, context)
    let payments = try desk.opened().payments
    let key = try Self.key(request)
    let body = try RequestFields(
      try await request.json(), fields: ["quote", "package", "amount", "payment_method"])
    // Asked again, it is the same order, though the level has moved or the quote is over by now.
    let known = try await asking { () async throws(PaymentError) in try await payments.payment(key) }
    let order = try await order(
      body, key, citizen, earlier: known?.citizen.isSame(as: citizen) == true ? known : nil, context)
    let opened = try await asking { () async throws(PaymentError) in try await payments.create(order) }
    return Response(json: PaymentJSON.opened(opened), status: 201)
  }

  /// The payment, for its citizen or an operator.
  func payment(_ id: String, _ request: Request, _ context: APIContext) async throws -> Response {
    let payments = try desk.opened().payments
    let found = try await allowed(id, payments, request, context)
    return Response(json: PaymentJSON.payment(found.payment, forOperator: found.isOperator))
  }

  /// How long a page is.
  static let pageSize = PageSize(most: 1_000)

  /// `{"payments":[…],"next"}`
  func list(_ request: Request) async throws -> Response {
    let payments = try desk.opened().payments
    let limit = try Self.pageSize.read(request)
    var before: Identifier?
    if let text = request.uri.queryParameters["before"] {
      before = Identifier(String(text))
      if before == nil { throw ProblemDocument(.invalidInput, "before wants a payment's id, got '\(text)'") }
    }
    let page = try await asking { [before] () async throws(PaymentError) in
      try await payments.payments(before: before, limit: limit)
    }
    let next = page.count == limit ? page.last.map { JSON.string($0.id.description) } ?? .null : .null
    return Response(
      json: ["payments": .array(page.map { PaymentJSON.payment($0, forOperator: true) }), "next": next])
  }

  /// Gives the payment up, for its citizen or an operator.
  func cancel(_ id: String, _ request: Request, _ context: APIContext) async throws -> Response {
    let payments = try desk.opened().payments
    let found = try await allowed(id, payments, request, context)
    let canceled = try await asking { () async throws(PaymentError) in try await payments.cancel(found.payment.id) }
    return Response(json: PaymentJSON.payment(canceled, forOperator: found.isOperator))
  }

  /// Takes an event of the payment service, if it is genuine; how little came of it is answered with 200 too.
  func notice(_ request: Request, _ context: APIContext) async throws -> Response {
    let (payments, verifier) = try desk.opened()
    let body: [UInt8]
    do {
      body = Array(try await request.body.collect(upTo: verifier.bodyLimit).readableBytesView)
    } catch {
      throw ProblemDocument(.bodyTooLarge, "the body is over \(verifier.bodyLimit) bytes")
    }
    let event: PaymentEvent
    do throws(PaymentEventRefusal) {
      let signatures = request.headers.values("stripe-signature")
      event = try verifier.event(body: body, signature: signatures, now: now())
    } catch {
      context.logger.warning("an event of payments is refused", metadata: ["reason": "\(error)"])
      throw ProblemDocument(error)
    }
    let outcome = try await asking { () async throws(PaymentError) in try await payments.receive(event, body: body) }
    return Response(json: ["outcome": .string(outcome.rawValue)])
  }

  // MARK: Who and what

  private func allowed(
    _ text: String, _ payments: Payments, _ request: Request, _ context: APIContext
  ) async throws -> (payment: Payment, isOperator: Bool) {
    let isOperator = operators.refusal(request.headers.value("authorization")) == nil
    let citizen = isOperator ? nil : try citizens.citizen(request, context)
    let missing = ProblemDocument(.notFound, "you have no payment '\(text)'")
    guard let id = Identifier(text) else { throw missing }
    let payment = try await asking { () async throws(PaymentError) in try await payments.payment(id) }
    guard let payment, isOperator || citizen.map({ payment.citizen.isSame(as: $0) }) == true else { throw missing }
    return (payment, isOperator)
  }

  private func order(
    _ body: RequestFields, _ key: Identifier, _ citizen: String, earlier: Payment?, _ context: APIContext
  ) async throws(ProblemDocument) -> PaymentOrder {
    let given = ["quote", "package", "amount"].filter(body.has)
    guard given.count == 1 else {
      throw RequestFields.invalid("name one of 'quote', 'package' and 'amount', not \(given.count) of them")
    }
    let method = body.has("payment_method") ? try Self.method(body) : nil
    let (wanted, level) = try await self.wanted(given[0], body, citizen, earlier: earlier, context)
    return PaymentOrder(payment: key, citizen: citizen, level: level, wanted: wanted, paymentMethod: method)
  }

  private func wanted(
    _ given: String, _ body: RequestFields, _ citizen: String, earlier: Payment?, _ context: APIContext
  ) async throws(ProblemDocument) -> (PaymentOrder.Wanted, level: Double) {
    if given == "quote" {
      let quote = try open(try body.text("quote", limit: TokenLimits.tokenBytes), earlier: earlier, context)
      guard quote.citizen?.utf8.elementsEqual(citizen.utf8) == true else {
        throw ProblemDocument(
          .forbidden, "the quote was made to somebody else, or to nobody")
      }
      let verified = VerifiedQuote(
        amount: quote.amount, terms: quote.terms.json, generation: quote.generation, decision: quote.decision)
      return (.quote(verified), quote.level)
    }
    let wanted: PaymentOrder.Wanted =
      given == "package"
      ? .package(try body.text("package", limit: 64)) : .custom(ducats: try body.amount("amount"))
    if let level = earlier?.order.level { return (wanted, level) }
    do throws(DecisionFailure) {
      return (wanted, try await quotes.level(of: citizen))
    } catch {
      throw ProblemDocument(error.routeProblem)
    }
  }

  private func open(_ text: String, earlier: Payment?, _ context: APIContext) throws(ProblemDocument) -> Quote {
    do throws(QuoteRefusal) {
      return try quotes.open(text)
    } catch {
      switch error {
      case .expired(let quote) where earlier != nil: return quote
      case .expired:
        throw ProblemDocument(refused: "quote_expired", "the quote has expired; ask for a new one")
      case .invalid(let reason):
        context.logger.info("a quote is not taken", metadata: ["reason": "\(reason)"])
        throw RequestFields.invalid("'quote' is none that this host made")
      }
    }
  }

  /// Runs `body`; what keeps a payment from its way becomes a problem.
  private func asking<Value>(
    _ body: () async throws(PaymentError) -> Value
  ) async throws(ProblemDocument) -> Value {
    do throws(PaymentError) {
      return try await body()
    } catch {
      throw ProblemDocument(error)
    }
  }

  private static func key(_ request: Request) throws(ProblemDocument) -> Identifier {
    guard let key = request.headers.value("idempotency-key").flatMap({ Identifier($0) }) else {
      throw RequestFields.invalid("the field Idempotency-Key must be a version 7 UUID made now; it names the payment")
    }
    return key
  }

  private static func method(_ body: RequestFields) throws(ProblemDocument) -> String {
    let method = try body.text("payment_method", limit: 255)
    let isPlain = method.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
    }
    guard method.begins(with: "pm_"), isPlain else {
      throw RequestFields.invalid("'payment_method' must be one of the payment service's: pm_…")
    }
    return method
  }
}
