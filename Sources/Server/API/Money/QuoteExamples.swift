internal import Commerce
internal import Core

/// What the examples about prices are made of: a thousand ducats, sold at the level of a perfect clique.
enum QuoteExamples {
  /// A body of `POST /v1/quotes`.
  static let request: JSON = ["side": "sell", "amount": "1000.00 DUC/2"]

  /// The answer to a request for a quote.
  static let quote: JSON = {
    let answered: JSON = [
      "side": "sell", "rate": "0.10", "multiplier": "1.346361", "gross": ["asset": "USD/2", "minor": 13_463],
      "fee": ["asset": "USD/2", "minor": 337], "net": ["asset": "USD/2", "minor": 13_126], "uplift": "granted",
    ]
    guard let amount = Amount(text: "1000.00 DUC/2"), let id = Identifier(name),
      let decision = Identifier(decisionName), let terms = QuoteTerms(json: answered)
    else { return .null }
    let quote = Quote(
      id: id, citizen: "ConsiglioDeiDieci", side: .sell, amount: amount, level: 0.618034,
      terms: terms, generation: 7, decision: decision, issued: 1_767_225_600, expires: 1_767_225_900)
    return QuoteHandlers.json(SealedQuote(quote: quote, text: "eyJ….….…"))
  }()

  private static let name = "018bcfe5-6800-7000-8000-00000000000b"
  private static let decisionName = "018bcfe5-6800-7000-8000-00000000000a"
}
