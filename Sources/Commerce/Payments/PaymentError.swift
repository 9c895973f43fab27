package import Core
package import Decisions

/// Why a payment wasn't begun, ended or found.
package enum PaymentError: WireError, Equatable {
  /// The order can't be taken as it is; the sentence names the part.
  case invalid(String)
  /// The key stands for another order.
  case keyReused(String)
  /// The rules or the ledger refused it, or the rulebook lacks a decision.
  case decision(DecisionFailure)
  /// Another payment was made on the quote.
  case quoteUsed
  /// It can no longer be canceled; it stands there.
  case tooLate(PaymentState)
  /// There is no such payment.
  case notFound
  /// Another host changed it in the middle of a step; ask again with the same key.
  case overtaken
  /// The host, the ledger or the provider can't do it now; ask again with the same key.
  case unavailable(String)

  package var wireProblem: WireProblem {
    switch self {
    case .invalid(let detail): WireProblem(.invalidInput, detail)
    case .keyReused(let detail): WireProblem(.refused, detail, reason: DecisionFailure.keyReusedReason)
    case .decision(let failure): failure.routeProblem
    case .quoteUsed:
      WireProblem(.refused, "another payment was made on the quote; ask for a new one", reason: "quote_used")
    case .tooLate(let state):
      WireProblem(.refused, "the payment is \(state.rawValue) and can't be given up any more", reason: "too_late")
    case .notFound: WireProblem(.notFound, "there is no such payment")
    case .overtaken:
      WireProblem(.unavailable, "another host changes the payment; ask again with the same key", retrySeconds: 1)
    case .unavailable(let detail): WireProblem(.unavailable, detail, retrySeconds: 1)
    }
  }
}

/// What became of an event.
package enum EventOutcome: String, Sendable, Equatable, CaseIterable {
  /// What it hints at is done.
  case processed
  /// It is kept; what it hints at couldn't be done now, and the reconciler will do it.
  case deferred
  /// It came before and was processed.
  case repeated
  /// It isn't of a sort that concerns the host.
  case ignored
  /// It came before with another body; the first was kept.
  case conflicting
}

/// A payment with its intent as it is now.
package struct OpenedPayment: Sendable, Equatable {
  /// The payment as the store holds it after the step.
  package var payment: Payment
  /// Its intent, as it was read just now; nil when there is none or it wasn't read. Its client secret is for the
  /// buyer; ``PaymentIntent/lastFailure`` says why a first attempt was declined.
  package var intent: PaymentIntent?
}
