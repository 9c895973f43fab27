/// Why the provider didn't do what was asked.
package struct ProviderError: Error, Sendable, Equatable {
  /// What went wrong; the raw value is the label in logs and metrics.
  package enum Code: String, Sendable, CaseIterable {
    /// The payment method was refused; another may do.
    case declined
    /// The payment method isn't known, or isn't one that can be used; nothing was done.
    case unknownMethod = "unknown_method"
    /// Too many requests, also after waiting.
    case rateLimited = "rate_limited"
    /// No connection could be made: nothing reached the provider.
    case unavailable
    /// The request was sent and no answer that settles it came back: it may have been done.
    case outcomeUnknown = "outcome_unknown"
    /// The request is wrong, or the answer can't be understood; the same again fails again.
    case invalidRequest = "invalid_request"
    /// The key was refused or may not do this.
    case authentication
    /// There is no such object.
    case notFound = "not_found"
    /// The object is in a state that doesn't allow it, or the key was used with another request.
    case conflict
  }

  /// Names the kind of failure.
  package var code: Code
  /// What happened, and what to do; never holds a secret.
  package var message: String
  /// The provider's own word: `card_declined`, `insufficient_funds`, `idempotency_error`, …
  package var reason: String?
  /// The intent it was about, where the provider sent it along.
  package var intent: PaymentIntent?
  /// The provider's name of the request, for its support; nil when there was no answer.
  package var requestID: String?

  /// An error with these parts.
  package init(
    _ code: Code, _ message: String, reason: String? = nil, intent: PaymentIntent? = nil, requestID: String? = nil
  ) {
    self.code = code
    self.message = message
    self.reason = reason
    self.intent = intent
    self.requestID = requestID
  }

  /// Whether what was asked may have happened all the same; if so, ask again with the same key, or read.
  package var isOutcomeUnknown: Bool { code == .outcomeUnknown }

  /// Whether the same call, made later with the same key, can succeed.
  package var isTransient: Bool { [.rateLimited, .unavailable, .outcomeUnknown].contains(code) }
}

extension ProviderError: CustomStringConvertible {
  /// `declined (card_declined): Your card was declined.`
  package var description: String {
    "\(code.rawValue)\(reason.map { " (\($0))" } ?? ""): \(message)"
  }
}
