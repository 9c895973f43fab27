internal import Commerce
internal import Core

/// Stripe's response to a request, and its meaning when the request failed.
struct StripeAnswer: Sendable {
  var status: Int
  /// The body; null when it isn't JSON.
  var body: JSON
  var requestID: String?

  /// The error for a status other than 200. If the request `changes` something, a 409 or ≥ 500 leaves the outcome open.
  func error(changes: Bool) -> ProviderError {
    let error = body["error"]
    let reason = error?["decline_code"]?.string ?? error?["code"]?.string ?? error?["type"]?.string
    return ProviderError(
      code(error, changes: changes), message(error), reason: reason,
      intent: StripeObjects.intent(error?["payment_intent"]), requestID: requestID)
  }

  /// The error for a response that isn't the expected object.
  func unreadable(changes: Bool) -> ProviderError {
    ProviderError(
      changes ? .outcomeUnknown : .unavailable,
      "Stripe's answer can't be read: it is not the object that was asked for", requestID: requestID)
  }

  private func code(_ error: JSON?, changes: Bool) -> ProviderError.Code {
    let conflicts = ["payment_intent_unexpected_state", "charge_already_refunded", "idempotency_key_in_use"]
    switch status {
    case 401, 403: return .authentication
    case 402: return .declined
    case 404: return .notFound
    case 409, 500...: return changes ? .outcomeUnknown : .unavailable
    case 429: return .rateLimited
    default:
      let isConflict =
        error?["type"]?.string == "idempotency_error" || conflicts.contains(error?["code"]?.string ?? "")
      if isConflict { return .conflict }
      return error?["param"]?.string == "payment_method" ? .unknownMethod : .invalidRequest
    }
  }

  private func message(_ error: JSON?) -> String {
    switch status {
    // Stripe's message quotes parts of the key.
    case 401, 403: return "Stripe refused the key; check that it is current and may do this"
    default:
      let text = error?["message"]?.string ?? "no reason given"
      return "Stripe answered \(status): \(text.prefix(StripeLimits.messageCharacters))"
    }
  }
}
