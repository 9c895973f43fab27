package import Core

/// Who collects the money: the port between the payments of the host and Stripe, or what stands in for it in a test.
///
/// Every call may be made again. What changes something carries an idempotency key: the same key with the same request
/// has one effect and answers the same. A call that ends in an error whose `isOutcomeUnknown` is true may have had its
/// effect; make it again with the same key, or read the intent.
package protocol PaymentProvider: Sendable {
  /// Makes an intent, or answers the one that this key made before. With a payment method the intent is also
  /// confirmed; a decline is then an error that holds the intent, which lives on and can be paid another way.
  func createIntent(
    _ request: PaymentIntentRequest, idempotencyKey: Identifier
  ) async throws(ProviderError) -> PaymentIntent

  /// The intent as it is now, with what was refunded and disputed; throws `not_found` when there is none.
  func intent(_ id: String) async throws(ProviderError) -> PaymentIntent

  /// Cancels an intent for good; a canceled one is answered as it is. Throws `conflict` when it can no longer be
  /// canceled (it is processing or has succeeded); the error then holds the intent, where the provider gave it.
  func cancelIntent(_ id: String) async throws(ProviderError) -> PaymentIntent

  /// Gives `amount` minor units of an intent back, or all that is left when nil.
  func refund(_ id: String, amount: Int64?, idempotencyKey: Identifier) async throws(ProviderError) -> PaymentRefund

  /// The intents whose metadata name this payment, newest first: none or one, more only when something went wrong.
  /// Sees what was created within these seconds since 1970 by the provider's clock. Proof that there is none only after
  /// `createIntent` can't be under way any longer. O(intents of that time).
  func intents(payment: Identifier, created: ClosedRange<Int64>) async throws(ProviderError) -> [PaymentIntent]

  /// The intents created at or after `createdSince` (seconds since 1970), newest first, at most `limit` (1 to 100) of
  /// them, beginning behind the intent `after`. What was refunded and disputed is as `intent(_:)` gives it.
  func listIntents(
    createdSince: Int64, after: String?, limit: Int
  ) async throws(ProviderError) -> PaymentIntentPage
}

/// What an intent is made of.
package struct PaymentIntentRequest: Sendable, Equatable {
  /// Minor units of the currency, above zero.
  package var amount: Int64
  /// Three letters, lower case: `usd`.
  package var currency: String
  /// At most 50 pairs; names of at most 40 characters without brackets, values of at most 500.
  package var metadata: [ExactText: String]
  /// The method to confirm with at once; nil leaves that to the buyer's browser.
  package var paymentMethod: String?

  /// A request with these parts.
  package init(amount: Int64, currency: String, metadata: [ExactText: String], paymentMethod: String? = nil) {
    self.amount = amount
    self.currency = currency
    self.metadata = metadata
    self.paymentMethod = paymentMethod
  }
}

/// Some intents, newest first.
package struct PaymentIntentPage: Sendable, Equatable {
  /// The intents on this page of the list.
  package var intents: [PaymentIntent]
  /// Whether older ones follow.
  package var hasMore: Bool
  /// How many further ones on the page can't be read.
  package var unreadable: Int

  /// A page with these intents.
  package init(intents: [PaymentIntent], hasMore: Bool, unreadable: Int = 0) {
    self.intents = intents
    self.hasMore = hasMore
    self.unreadable = unreadable
  }
}

/// Money that the provider gave back to the card.
package struct PaymentRefund: Sendable, Equatable {
  /// The provider's name for it.
  package var id: String
  /// How much was given back, in minor units.
  package var amount: Int64
  /// As the provider says: `pending`, `requires_action`, `succeeded`, `failed`, `canceled`.
  package var status: String

  /// A refund with these parts.
  package init(id: String, amount: Int64, status: String) {
    self.id = id
    self.amount = amount
    self.status = status
  }
}
