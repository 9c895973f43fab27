import Commerce
import Core
import Observability

/// Stripe as payments call it. A card that is declined, an unknown payment and the like are answers, no faults.
struct ObservedProvider: PaymentProvider {
  let provider: any PaymentProvider
  let tally: CallTally

  func createIntent(
    _ request: PaymentIntentRequest, idempotencyKey: Identifier
  ) async throws(ProviderError) -> PaymentIntent {
    try await observed { () async throws(ProviderError) in
      try await provider.createIntent(request, idempotencyKey: idempotencyKey)
    }
  }

  func intent(_ id: String) async throws(ProviderError) -> PaymentIntent {
    try await observed { () async throws(ProviderError) in try await provider.intent(id) }
  }

  func cancelIntent(_ id: String) async throws(ProviderError) -> PaymentIntent {
    try await observed { () async throws(ProviderError) in try await provider.cancelIntent(id) }
  }

  func refund(
    _ id: String, amount: Int64?, idempotencyKey: Identifier
  ) async throws(ProviderError) -> PaymentRefund {
    try await observed { () async throws(ProviderError) in
      try await provider.refund(id, amount: amount, idempotencyKey: idempotencyKey)
    }
  }

  func intents(payment: Identifier, created: ClosedRange<Int64>) async throws(ProviderError) -> [PaymentIntent] {
    try await observed { () async throws(ProviderError) in
      try await provider.intents(payment: payment, created: created)
    }
  }

  func listIntents(
    createdSince: Int64, after: String?, limit: Int
  ) async throws(ProviderError) -> PaymentIntentPage {
    try await observed { () async throws(ProviderError) in
      try await provider.listIntents(createdSince: createdSince, after: after, limit: limit)
    }
  }

  private func observed<Value: Sendable>(
    _ work: () async throws(ProviderError) -> Value
  ) async throws(ProviderError) -> Value {
    try await tally.observe(
      SelfCall("payments", "stripe"),
      problem: { (error: ProviderError) -> String? in
        error.isTransient || error.code == .authentication ? "Stripe fails: \(error.code.rawValue)" : nil
      }, work)
  }
}
