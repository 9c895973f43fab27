/// The check of an Ed25519 public key. OpenSSL 3.0 accepts any 32 bytes; with a point of small order, somebody without
/// a key can forge signatures (for the all-zero key, on most messages).
enum Ed25519KeyCheck {
  static let byteCount = 32

  /// Throws unless the key has 32 bytes, its y is below 2^255 - 19 and its point isn't one of the eight of small order.
  static func check(_ key: [UInt8]) throws(CryptographyError) {
    guard key.count == byteCount else { throw CryptographyError("an Ed25519 key has \(byteCount) bytes") }
    // Little-endian; the highest bit is the sign of x.
    var y = Array(key.reversed())
    y[0] &= 0x7F
    guard y.lexicographicallyPrecedes(prime) else { throw CryptographyError("the Ed25519 key is not canonical") }
    guard !smallOrder.contains(y) else { throw CryptographyError("the Ed25519 key is a point of small order") }
  }

  /// 2^255 - 19, big-endian.
  private static let prime: [UInt8] = [0x7F] + Array(repeating: 0xFF, count: 30) + [0xED]

  /// The y of the points whose order divides eight, big-endian: 0, 1, -1 and those of order eight.
  private static let smallOrder: Set<[UInt8]> = {
    let zero = [UInt8](repeating: 0, count: byteCount)
    let orderEight: [UInt8] = [
      0x05, 0xfc, 0x53, 0x6d, 0x88, 0x02, 0x38, 0xb1, 0x39, 0x33, 0xc6, 0xd3, 0x05, 0xac, 0xdf, 0xd5,
      0xf0, 0x98, 0xef, 0xf2, 0x89, 0xf4, 0xc3, 0x45, 0xb0, 0x27, 0xb2, 0xc2, 0x8f, 0x95, 0xe8, 0x26,
    ]
    let otherOrderEight: [UInt8] = [
      0x7a, 0x03, 0xac, 0x92, 0x77, 0xfd, 0xc7, 0x4e, 0xc6, 0xcc, 0x39, 0x2c, 0xfa, 0x53, 0x20, 0x2a,
      0x0f, 0x67, 0x10, 0x0d, 0x76, 0x0b, 0x3c, 0xba, 0x4f, 0xd8, 0x4d, 0x3d, 0x70, 0x6a, 0x17, 0xc7,
    ]
    return [zero, zero.dropLast() + [1], prime.dropLast() + [0xEC], orderEight, otherOrderEight]
  }()
}
