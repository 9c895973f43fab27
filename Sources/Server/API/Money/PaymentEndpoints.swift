package import Citizens
package import Commerce
internal import Core
internal import Hummingbird

extension Endpoint {
  /// Payments: making one, looking at it, giving it up, and the events of the payment service. `now`, in milliseconds
  /// since 1970, is for tests.
  package static func payments(
    _ desk: PaymentsAvailability, quotes: Quotes, authentication: CitizenAuthentication, operators: OperatorGuard,
    now: @escaping @Sendable () -> Int64 = { WallClock.milliseconds() }
  ) -> [Endpoint] {
    let handlers = PaymentHandlers(
      desk: desk, quotes: quotes, citizens: CitizenGuard(authentication: authentication),
      operators: operators, now: now)
    var endpoints = [
      Endpoint(
        .post, "/v1/payments", name: "createPayment",
        summary:
          "Pays on a quote, for a package or for ducats at today's price; again with the same key is the same one",
        parameters: [
          Parameter(
            "Idempotency-Key", in: .header, "A version 7 UUID made now; it becomes the payment's id",
            schema: ["type": "string", "format": "uuid"])
        ],
        body: (APISchemas.reference("PaymentRequest"), PaymentExamples.request),
        answer: Answer(
          "The payment; while it is open its buyer's browser confirms it with `client_secret`", status: 201,
          schema: APISchemas.reference("Payment"), example: PaymentExamples.opened),
        problems: asked + DecisionErrorCode.allCases.filter { $0 != .forbidden }.map(\.wireCode)
      ) { request, context in try await handlers.create(request, context) },
      Endpoint(
        .get, "/v1/payments/{id}", name: "getPayment", summary: "A payment, for its citizen or an operator",
        parameters: [id], answer: payment("The payment as it is"),
        problems: asked + [.notFound]
      ) { request, context in try await handlers.payment(context.pathParameter("id"), request, context) },
      Endpoint(
        .post, "/v1/payments/{id}/cancel", name: "cancelPayment",
        summary: "Gives a payment up, at the payment service first; for its citizen or an operator",
        parameters: [id], answer: payment("The payment, which is canceled"),
        problems: asked
          + [
            .notFound, .refused,
            .conflict,
          ]
      ) { request, context in try await handlers.cancel(context.pathParameter("id"), request, context) },
    ]
    for place in endpoints.indices { endpoints[place].citizen = .required }
    return endpoints + [list(handlers), notices(handlers)]
  }

  private static func list(_ handlers: PaymentHandlers) -> Endpoint {
    Endpoint(
      .get, "/v1/payments", name: "listPayments", summary: "Everybody's payments, the latest first",
      needsOperator: true,
      parameters: [
        Parameter("before", in: .query, "What `next` of the page before says", schema: APISchemas.text),
        PaymentHandlers.pageSize.parameter,
      ],
      answer: Answer(
        "A page; the last one when `next` is null", schema: APISchemas.reference("Payments"),
        example: ["payments": [PaymentExamples.settled], "next": .null]),
      problems: [.unavailable]
    ) { request, _ in try await handlers.list(request) }
  }

  /// Bytes of an event at most.
  private static let noticeBytes = 1 << 20

  private static func notices(_ handlers: PaymentHandlers) -> Endpoint {
    var endpoint = Endpoint(
      .post, "/v1/webhooks/stripe", name: "receiveStripeEvent",
      summary: "An event of Stripe, told from a forgery by its signature; it is a reason to look, and nothing more",
      parameters: [
        Parameter(
          "Stripe-Signature", in: .header, "t=…,v1=…, made with the endpoint's secret", schema: APISchemas.text)
      ],
      takesAnyQuery: true, body: (["type": "object"], PaymentExamples.notice),
      answer: Answer(
        "It was taken, whatever came of it", schema: APISchemas.reference("NoticeTaken"),
        example: ["outcome": "processed"]),
      problems: [.malformedRequest, .unavailable]
    ) { request, context in try await handlers.notice(request, context) }
    endpoint.bodyBytes = noticeBytes
    return endpoint
  }

  private static let asked: [WireCode] = [.malformedRequest, .invalidToken, .unavailable]
  private static let id = Parameter(
    "id", in: .path, "The payment's id, a UUID", schema: APISchemas.text)

  private static func payment(_ summary: String) -> Answer {
    Answer(summary, schema: APISchemas.reference("Payment"), example: PaymentExamples.settled)
  }
}
