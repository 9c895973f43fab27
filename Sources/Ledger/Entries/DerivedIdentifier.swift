package import Core
internal import Cryptography

extension Identifier {
  /// The id of what a decision intends in place `index`, from 0: the same decision gives the same ids again.
  ///
  /// A name-based UUID of version 8 (RFC 9562, appendix B.2): the first 16 bytes of the SHA-256 over a fixed prefix,
  /// the decision's id and the index as eight bytes, big-endian.
  package init(intent index: Int, of decision: Identifier) {
    self.init(derived: Self.digest("cascade-intent-v1\0", of: decision, index))
  }

  /// The id of what the host books in place `index` beside the rule of `decision`.
  package init(booking index: Int, of decision: Identifier) {
    self = Self.beside(decision, Self.digest("cascade-booking-v1\0", of: decision, index))
  }

  /// The version 8 UUID of `digest` that begins with the time of `parent`.
  package static func beside(_ parent: Identifier, _ digest: (high: UInt64, low: UInt64)) -> Identifier {
    Identifier(derived: (UInt64(parent.milliseconds) << 16 | digest.high & 0xFFFF, digest.low))
  }

  /// The first 16 bytes of the SHA-256 over a prefix, an id, a number as eight bytes, big-endian, and a name.
  package static func digest(
    _ prefix: String, of parent: Identifier, _ number: Int, _ name: String = ""
  ) -> (high: UInt64, low: UInt64) {
    var bytes = Array(prefix.utf8) + parent.bytes
    for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    let hash = SHA256.hash(bytes + name.utf8)
    let high = hash[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let low = hash[8..<16].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return (high, low)
  }
}
