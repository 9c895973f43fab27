internal import Commerce
internal import Core
internal import Decisions
internal import Hummingbird
internal import Logging

/// What the route of quotes does.
struct QuoteHandlers: Sendable {
  /// Makes and opens quotes.
  var quotes: Quotes
  /// Tells who asks by the token of the request.
  var citizens: CitizenGuard

  /// `{"side","amount"}` → the quote, for the citizen who asks, or for nobody.
  func quote(_ request: Request, _ context: APIContext) async throws -> Response {
    let citizen = try citizens.citizenIfAny(request, context)
    let body = try RequestFields(try await request.json(), fields: ["side", "amount"])
    let side = try body.choice("side", QuoteSide.self)
    let amount = try body.amount("amount")
    do throws(DecisionFailure) {
      return Response(json: Self.json(try await quotes.quote(side, amount, for: citizen)))
    } catch {
      if error.code == .unavailable { context.logger.error("no quote can be made: \(error.message)") }
      throw ProblemDocument(error.routeProblem)
    }
  }

  /// The quote's parts, and behind them `quote`: what a payment brings.
  static func json(_ sealed: SealedQuote) -> JSON {
    var object = sealed.quote.json.object ?? JSON.Object()
    object.append("quote", .string(sealed.text))
    return .object(object)
  }
}
