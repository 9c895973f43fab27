internal import Core
internal import Decisions

extension HostBooking {
  /// What the provider collected for `payment`. Beside it stands what was agreed: the rate, the multiplier, the
  /// generation and the decision among it.
  static func collected(_ amount: Amount, _ payment: Payment) -> HostBooking {
    // What begins so is the ledger's own, and mustn't keep money from being booked.
    var metadata = (PaymentTerms(payment.terms)?.metadata ?? [:]).filter { $0.key.text.utf8.first != UInt8(ascii: "_") }
    metadata["intent"] = payment.intent
    return .collected(amount, reference: payment.id.description, metadata: metadata)
  }

  /// What is taken back of the transfers of `payment`, of `postings` alone.
  static func reversals(of postings: Set<Identifier>, _ payment: Payment) -> HostBooking {
    .reversals(of: postings, reference: payment.id.description)
  }
}
