internal import Core
internal import Ledger

extension Identifier {
  /// The id of a decision about a payment: the same step and attempt give the same id again, so that what was decided
  /// is answered instead of decided twice.
  ///
  /// A version 8 UUID that begins with the payment's own time, so that it sorts beside it; the rest is SHA-256 over a
  /// fixed prefix, the payment, the attempt as eight bytes, big-endian, and the step. No payment has such an id, since
  /// theirs are of version 7.
  init(step: String, attempt: Int, of payment: Identifier) {
    self = Self.beside(payment, Self.digest("cascade-payment-v1\0", of: payment, attempt, step))
  }
}
