package import Commerce
internal import Core

extension StreamEvent {
  /// That a payment came or moved on, as its citizen may see it.
  package init(_ payment: Payment) {
    self.init(.payments, "payment", at: 0, bytes: PaymentJSON.payment(payment).bytes, citizen: payment.citizen)
  }
}
