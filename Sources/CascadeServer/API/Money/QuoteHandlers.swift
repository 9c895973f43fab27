internal import CascadeHost
internal import Core
internal import Hummingbird
internal import Logging

/// What the route of quotes does.
struct QuoteHandlers: Sendable {
  /// Who makes quotes.
  var quotes: Quotes
  /// Who asks.
  var citizens: CitizenGuard

  /// `{"side","amount"}` → the quote, for the citizen who asks, or for nobody.
  func quote(_ request: Request, _ context: APIContext) async throws -> Response {
    let citizen = try citizens.citizenIfAny(request, context)
    let body = try MoneyBody(try await request.json(), fields: ["side", "amount"])
    let side = try body.choice("side", QuoteSide.self)
    let amount = try body.amount("amount")
    do throws(QuoteFailure) {
      return Response(json: Self.json(try await quotes.quote(side, amount, for: citizen)))
    } catch {
      if case .unavailable(let reason) = error { context.logger.error("no quote can be made: \(reason)") }
      throw ProblemDocument(error)
    }
  }

  /// The quote's parts, and behind them `quote`: what a payment brings.
  static func json(_ sealed: SealedQuote) -> JSON {
    var object = sealed.quote.json.object ?? JSON.Object()
    object.append("quote", .string(sealed.text))
    return .object(object)
  }
}

extension ProblemDocument {
  /// Why there is no quote.
  init(_ failure: QuoteFailure) {
    switch failure {
    case .invalidName(let detail): self.init(.invalidInput, detail)
    case .notOffered(let point): self = GraphHandlers.notOffered(point)
    case .decision(let failed): self.init(failed)
    case .unavailable(let detail): self.init(.unavailable, detail)
    }
  }
}
