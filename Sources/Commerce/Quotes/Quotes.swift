package import Citizens
package import Core
internal import Cryptography
package import Decisions
internal import Tokens

/// A quote with its seal.
package struct SealedQuote: Sendable, Equatable {
  /// The offer itself, before it is sealed.
  package var quote: Quote
  /// The offer as a JWS: what a payment brings.
  package var text: String

  /// A quote and its seal.
  package init(quote: Quote, text: String) {
    self.quote = quote
    self.text = text
  }
}

/// Makes quotes: the level is measured now, the rules of the generation that serves say the price and how long it
/// stands, the host signs.
package struct Quotes: Sendable {
  /// The decision that says the price.
  package static let point = "bridge.quote"
  /// The decision that says how long an offer of that price stands: `{"seconds"}`; or refuses, as none is made. What
  /// is offered is honoured, so that limits belong here.
  package static let validityPoint = "bridge.validity"
  /// The longest that an offer may stand, in seconds: the keys that signed it are known for at least so long.
  package static let longestSeconds = TokenPurpose.longestSeconds

  /// Who signs, and who knows a quote again.
  package let seal: QuoteSeal
  private let decisions: any Decisions
  private let measurements: Measurements
  private let now: @Sendable () -> Int64

  /// Quotes by `decisions` for levels of `measurements`. `now`, in milliseconds since 1970, is for tests.
  package init(
    _ decisions: any Decisions, measurements: Measurements, seal: QuoteSeal,
    now: @escaping @Sendable () -> Int64 = { WallClock.milliseconds() }
  ) {
    self.decisions = decisions
    self.measurements = measurements
    self.seal = seal
    self.now = now
  }

  /// The quote for `amount` to the citizen of this username; to nobody when nil, at level 0. O(measurement), three
  /// decisions and one signature.
  package func quote(
    _ side: QuoteSide, _ amount: Amount, for citizen: String?
  ) async throws(DecisionFailure) -> SealedQuote {
    var level = 0.0
    var question = JSON.Object([("side", .string(side.rawValue)), ("amount", amount.json)])
    if let citizen {
      level = try await self.level(of: citizen)
      question.append("citizen", .string(citizen))
    }
    question.append("level", JSON(number: level))
    let price = try await decided(Self.point, .object(question))
    guard let terms = QuoteTerms(json: price.result) else { throw price.unusable("the parts of a quote") }
    let seconds = try await validity(.object(question))
    let now = now()
    return try sealed(
      Quote(
        id: Identifier(milliseconds: now, random: (SecureRandom.word(), SecureRandom.word())), citizen: citizen,
        side: side, amount: amount, level: level, terms: terms, generation: price.generation, decision: price.id,
        issued: now / 1000, expires: now / 1000 + seconds))
  }

  /// How long an answer to `question` stands, in seconds.
  private func validity(_ question: JSON) async throws(DecisionFailure) -> Int64 {
    let answer = try await decided(Self.validityPoint, question)
    guard let seconds = answer.result["seconds"]?.integer, (1...Self.longestSeconds).contains(seconds) else {
      throw answer.unusable("'seconds' from 1 to \(Self.longestSeconds)")
    }
    return seconds
  }

  /// What a rule answered, and by which decision.
  private struct Answer {
    var point: String
    var result: JSON
    var id: Identifier
    var generation: Int

    /// Why the host can't go on with it.
    func unusable(_ wanted: String) -> DecisionFailure {
      .unavailable("\(point) of generation \(generation) doesn't answer with \(wanted)", retrySeconds: nil)
    }
  }

  private func decided(_ point: String, _ input: JSON) async throws(DecisionFailure) -> Answer {
    let decided = try await decisions.decide(Question(point, .value(input)))
    return Answer(
      point: point, result: try decided.result(), id: decided.id, generation: decided.generation)
  }

  /// The quote in `text`, if it was made here and still stands. See ``QuoteSeal/open(_:now:)``.
  package func open(_ text: String) throws(QuoteRefusal) -> Quote { try seal.open(text, now: now()) }

  /// The citizen's level now; 0 for one whom the graph doesn't know. A rule that fails lets nobody have a price, and
  /// so does a name that can't have an account.
  package func level(of citizen: String) async throws(DecisionFailure) -> Double {
    guard AccountName.isSegment(citizen) else {
      throw .invalid("'\(citizen)' can't have an account: a name has letters, digits, '_' and '-' only")
    }
    guard let measurement = try await measurements.measure(citizen) else { return 0 }
    guard let level = measurement["level"]?.number, (0...1).contains(level) else {
      throw .unavailable("\(Measurements.point) doesn't answer with a 'level' from 0 to 1", retrySeconds: nil)
    }
    return level
  }

  private func sealed(_ quote: Quote) throws(DecisionFailure) -> SealedQuote {
    do throws(TokenError) {
      return SealedQuote(quote: quote, text: try seal.seal(quote))
    } catch {
      throw .unavailable("quotes can't be signed now: \(error.reason)", retrySeconds: nil)
    }
  }
}
