internal import Core
internal import Cryptography

extension Identifier {
  /// The id of a decision about a payment: the same step and attempt give the same id again, so that what was decided
  /// is answered instead of decided twice.
  ///
  /// A version 8 UUID that begins with the payment's own time, so that it sorts beside it; the rest is SHA-256 over a
  /// fixed prefix, the payment, the attempt as eight bytes, big-endian, and the step. No payment has such an id, since
  /// theirs are of version 7.
  init(step: String, attempt: Int, of payment: Identifier) {
    self = Self.derived("cascade-payment-v1\0", UInt64(bitPattern: Int64(attempt)), step, payment)
  }

  /// The id of what the host books in place `index` beside the rule of `decision`.
  init(booking index: Int, of decision: Identifier) {
    self = Self.derived("cascade-booking-v1\0", UInt64(bitPattern: Int64(index)), "", decision)
  }

  private static func derived(_ prefix: String, _ number: UInt64, _ name: String, _ parent: Identifier) -> Identifier {
    var bytes = Array(prefix.utf8) + parent.bytes
    for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    let hash = SHA256.hash(bytes + name.utf8)
    let high = hash[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let low = hash[8..<16].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Identifier(derived: (UInt64(parent.milliseconds) << 16 | high & 0xFFFF, low))
  }
}
