/// The check of an RSA public key.
enum RSAKeyCheck {
  /// The accepted sizes of a modulus, in bits.
  static let modulusBits = 2048...8192
  /// The most bytes of an exponent; FIPS 186-5 ends at 2^256.
  static let maximumExponentBytes = 32

  /// Throws unless both numbers are minimal, the modulus has 2048 to 8192 bits and no ROCA fingerprint, and the
  /// exponent is odd and at least 65537.
  static func check(modulus: [UInt8], exponent: [UInt8]) throws(CryptographyError) {
    guard let first = modulus.first, first != 0, let last = modulus.last else {
      throw CryptographyError("the modulus is empty or begins with a zero byte")
    }
    let bits = modulus.count * 8 - first.leadingZeroBitCount
    guard modulusBits.contains(bits) else {
      throw CryptographyError(
        "the modulus has \(bits) bits; \(modulusBits.lowerBound) to \(modulusBits.upperBound) are accepted")
    }
    guard last & 1 == 1 else { throw CryptographyError("the modulus is even") }
    guard let first = exponent.first, first != 0, exponent.count <= maximumExponentBytes, let last = exponent.last
    else { throw CryptographyError("the exponent is empty, too long or begins with a zero byte") }
    let atLeast65537 = exponent.count > 3 || exponent.count == 3 && !exponent.lexicographicallyPrecedes([1, 0, 1])
    guard last & 1 == 1, atLeast65537 else { throw CryptographyError("the exponent is even or under 65537") }
    guard !hasROCAFingerprint(modulus) else {
      throw CryptographyError("the modulus has the mark of ROCA (CVE-2017-15361): it can be factored")
    }
  }

  /// Whether the modulus is a power of 65537 modulo each of these primes. That holds for every modulus of Infineon's
  /// flawed library and for one in 2^27 others (Nemec and others, "The Return of Coppersmith's Attack", 2017). O(bytes
  /// of the modulus).
  static func hasROCAFingerprint(_ modulus: [UInt8]) -> Bool {
    powers.allSatisfy { prime, powers in
      powers.contains(modulus.reduce(0) { ($0 << 8 | Int($1)) % prime })
    }
  }

  private static let powers: [(prime: Int, powers: Set<Int>)] =
    [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157].map { prime in
      var powers: Set<Int> = []
      var power = 1
      while powers.insert(power).inserted { power = power * 65537 % prime }
      return (prime, powers)
    }
}
