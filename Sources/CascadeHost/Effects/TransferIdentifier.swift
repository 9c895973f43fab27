package import Core
internal import Cryptography

extension Identifier {
  /// The id of what a decision intends in place `index`, from 0: the same decision gives the same ids again.
  ///
  /// A name-based UUID of version 8 (RFC 9562, appendix B.2): the first 16 bytes of the SHA-256 over a fixed prefix,
  /// the decision's id and the index as eight bytes, big-endian.
  package init(intent index: Int, of decision: Identifier) {
    var name = Array("cascade-intent-v1\0".utf8) + decision.bytes
    for shift in stride(from: 56, through: 0, by: -8) { name.append(UInt8(truncatingIfNeeded: index >> shift)) }
    let hash = SHA256.hash(name)
    let high = hash[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let low = hash[8..<16].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    self.init(derived: (high, low))
  }
}
