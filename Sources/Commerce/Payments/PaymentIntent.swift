package import Core
package import Cryptography

/// Where an intent stands: Stripe's states, and one for what may come.
package enum PaymentIntentStatus: Sendable, Hashable {
  /// Waits for a way to pay; a declined attempt comes back here, so it isn't final.
  case requiresPaymentMethod
  /// Waits for its confirmation.
  case requiresConfirmation
  /// Waits for the buyer, such as for 3-D Secure.
  case requiresAction
  /// On its way; can end either way.
  case processing
  /// Authorised, not yet captured.
  case requiresCapture
  /// Paid. Final: a refund or a dispute is told by amounts.
  case succeeded
  /// Nobody will pay it any more; final.
  case canceled
  /// A state that this program doesn't know; never treated as any of the others.
  case unknown(String)

  /// Whether no later state can follow.
  package var isFinal: Bool { self == .succeeded || self == .canceled }
}

extension PaymentIntentStatus: CaseIterable, RawRepresentable, CustomStringConvertible {
  /// The seven known states, in the order an intent passes through them.
  package static let allCases: [PaymentIntentStatus] = [
    .requiresPaymentMethod, .requiresConfirmation, .requiresAction, .processing, .requiresCapture, .succeeded,
    .canceled,
  ]

  /// The state of this wire name; `unknown` when it is none of the seven.
  package init(rawValue: String) {
    self = Self.allCases.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
  }

  /// The name that the provider writes on the wire.
  package var rawValue: String {
    switch self {
    case .requiresPaymentMethod: "requires_payment_method"
    case .requiresConfirmation: "requires_confirmation"
    case .requiresAction: "requires_action"
    case .processing: "processing"
    case .requiresCapture: "requires_capture"
    case .succeeded: "succeeded"
    case .canceled: "canceled"
    case .unknown(let name): name
    }
  }

  /// The name that the provider writes on the wire.
  package var description: String { rawValue }
}

/// A payment at the provider, as it was when it was read.
package struct PaymentIntent: Sendable, Equatable {
  /// The provider's name for it: `pi_…`.
  package var id: String
  /// What is asked, in minor units.
  package var amount: Int64
  /// What was collected, in minor units; 0 before it succeeded.
  package var amountReceived: Int64
  /// Three letters, lower case.
  package var currency: String
  /// The provider's status of the intent.
  package var status: PaymentIntentStatus
  /// As it was created.
  package var metadata: [ExactText: String]
  /// Whether it moves real money.
  package var livemode: Bool
  /// Seconds since 1970, by the provider's clock.
  package var created: Int64
  /// What was given back of what was collected, in minor units.
  package var amountRefunded: Int64
  /// What is disputed now or lost to a dispute, in minor units; a dispute won counts nothing.
  package var amountDisputed: Int64
  /// Why the last attempt failed: `card_declined`, …; nil when none failed.
  package var lastFailure: String?
  /// What the buyer's browser confirms with; nil when the provider gave none.
  package var clientSecret: Secret?

  /// An intent with these parts.
  package init(
    id: String, amount: Int64, amountReceived: Int64 = 0, currency: String, status: PaymentIntentStatus,
    metadata: [ExactText: String], livemode: Bool, created: Int64, amountRefunded: Int64 = 0,
    amountDisputed: Int64 = 0, lastFailure: String? = nil, clientSecret: Secret? = nil
  ) {
    self.id = id
    self.amount = amount
    self.amountReceived = amountReceived
    self.currency = currency
    self.status = status
    self.metadata = metadata
    self.livemode = livemode
    self.created = created
    self.amountRefunded = amountRefunded
    self.amountDisputed = amountDisputed
    self.lastFailure = lastFailure
    self.clientSecret = clientSecret
  }
}
