package import Commerce
internal import Core

/// Where payments are made, or why they can't be.
package enum PaymentsAvailability: Sendable {
  /// Payments are made, and events of the payment service are taken when they are genuine.
  case open(Payments, verifier: any PaymentEventVerifier)
  /// These settings are missing.
  case closed(missing: [String])

  /// The payments and the verifier. Throws `unavailable`, with what is missing.
  func opened() throws(ProblemDocument) -> (payments: Payments, verifier: any PaymentEventVerifier) {
    switch self {
    case .open(let payments, let verifier): return (payments, verifier)
    case .closed(let missing):
      throw ProblemDocument(
        .unavailable, "no payments are made here: this host was started without \(missing.joined(separator: " and "))")
    }
  }
}
