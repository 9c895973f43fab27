package import Citizens
package import Commerce
internal import Core
internal import Hummingbird

extension Endpoint {
  /// Prices: `POST /v1/quotes`. A citizen is told by the access token; without one the price is nobody's.
  package static func quotes(_ quotes: Quotes, authentication: CitizenAuthentication) -> [Endpoint] {
    let handlers = QuoteHandlers(quotes: quotes, citizens: CitizenGuard(authentication: authentication))
    var endpoint = Endpoint(
      .post, "/v1/quotes", name: "createQuote",
      summary: "A price by the rules that serve, signed; it stands for as long as they say, whatever becomes of them",
      body: (APISchemas.reference("QuoteRequest"), QuoteExamples.request),
      answer: Answer(
        "The offer; `quote` is what a payment brings", schema: APISchemas.reference("Quote"),
        example: QuoteExamples.quote),
      problems: [.malformedRequest, .invalidToken, .unavailable]
        + DecisionErrorCode.allCases.filter { ![.unknownDecision, .forbidden, .conflict].contains($0) }.map(\.wireCode)
    ) { request, context in try await handlers.quote(request, context) }
    endpoint.citizen = .optional
    return [endpoint]
  }
}
