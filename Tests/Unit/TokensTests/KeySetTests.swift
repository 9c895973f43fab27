import Core
import Cryptography
import Testing
import Tokens

struct KeySetTests {
  static let modulus =
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknj"
    + "hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQ"
    + "vRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzK"
    + "nqDKgw"

  @Test func `the thumbprint of RFC 7638 comes out`() throws {
    let keys = try Forge.set(#"{"kty":"RSA","n":"\#(Self.modulus)","e":"AQAB","alg":"RS256"}"#)
    let key = try #require(keys.keys.first)
    #expect(key.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
    #expect(key.identifier == key.thumbprint)
  }

  @Test(arguments: ["AQ", "Aw", "AQAA", "AAEAAQ", "", "AQAB=", "_w"])
  func `the exponent is odd, minimal and at least 65537`(exponent: String) {
    #expect(throws: TokenError.self) {
      try Forge.set(#"{"kty":"RSA","n":"\#(Self.modulus)","e":"\#(exponent)","alg":"RS256"}"#)
    }
  }

  @Test func `the modulus has 2048 to 8192 bits, is odd and minimal`() {
    for modulus in [
      String(Self.modulus.prefix(172)), "AA" + Self.modulus, String(Self.modulus.dropLast(2)) + "gg", "",
      Base64URL.text([UInt8](repeating: 0xFF, count: 1025)),
      Base64URL.text([0x7F] + [UInt8](repeating: 0xFF, count: 255)),
    ] {
      #expect(throws: TokenError.self) {
        try Forge.set(#"{"kty":"RSA","n":"\#(modulus)","e":"AQAB","alg":"RS256"}"#)
      }
    }
  }

  @Test func `a modulus with the mark of ROCA is refused`() throws {
    // A product of powers of 65537 by every small prime is one itself; so is 65537^128.
    var power: [UInt8] = [1]
    for _ in 0..<128 { power = Self.product(power, 65537) }
    let error = #expect(throws: TokenError.self) {
      try Forge.set(#"{"kty":"RSA","n":"\#(Base64URL.text(power))","e":"AQAB","alg":"RS256"}"#)
    }
    #expect(error?.reason.contains("ROCA") == true)
  }

  private static func product(_ number: [UInt8], _ factor: Int) -> [UInt8] {
    var carry = 0
    var out: [UInt8] = []
    for byte in number.reversed() {
      carry += Int(byte) * factor
      out.append(UInt8(carry & 0xFF))
      carry >>= 8
    }
    while carry > 0 {
      out.append(UInt8(carry & 0xFF))
      carry >>= 8
    }
    return out.reversed()
  }

  @Test func `HMAC keys are as long as the hash`() throws {
    for (alg, bytes) in [("HS256", 31), ("HS384", 47), ("HS512", 63), ("HS256", 0), ("HS256", 5000)] {
      let secret = Base64URL.text([UInt8](repeating: 1, count: bytes))
      #expect(throws: TokenError.self) { try Forge.set(#"{"kty":"oct","alg":"\#(alg)","k":"\#(secret)"}"#) }
    }
    for (alg, bytes) in [("HS256", 32), ("HS384", 48), ("HS512", 64), ("HS512", 65)] {
      let secret = Base64URL.text([UInt8](repeating: 1, count: bytes))
      #expect(try Forge.set(#"{"kty":"oct","alg":"\#(alg)","k":"\#(secret)"}"#).keys.count == 1)
    }
  }

  @Test func `points lie on the curve that alg names`() throws {
    let key = JSONWebKey(try SigningKey.generate(.es256))
    let y = try #require(key.publicJSON?["y"]?.string)
    var bytes = try #require(Base64URL.bytes(y))
    bytes[31] ^= 1
    for changes: [String: JSON?] in [
      ["y": .string(Base64URL.text(bytes))], ["y": .string(Base64URL.text(bytes.dropLast()))],
      ["y": .string(Base64URL.text([0] + bytes))], ["crv": "P-384"], ["alg": "ES384"], ["alg": "RS256"], ["kty": "RSA"],
      ["kty": "oct"], ["x": nil], ["x": 7], ["kid": ""], ["kid": 7], ["use": 7], ["key_ops": "verify"],
      ["key_ops": ["verify", "verify"]], ["x": .string(Base64URL.text([UInt8](repeating: 0xFF, count: 32)))],
    ] { #expect(throws: TokenError.self) { try Forge.set(Forge.jwk(key, changes)) } }
    #expect(try Forge.set(Forge.jwk(key, ["alg": nil, "use": nil])).keys.count == 1)
  }

  private static let smallOrderOrNotCanonical: [[UInt8]] = [
    [0], [1], nearPrime(0xEC), nearPrime(0xED), nearPrime(0xEE), nearPrime(0xFF),
    [
      0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
      0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    [
      0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
      0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
  ]

  /// 2^255 - 256 and `low`, little-endian.
  private static func nearPrime(_ low: UInt8) -> [UInt8] { [low] + [UInt8](repeating: 0xFF, count: 30) + [0x7F] }

  @Test(arguments: smallOrderOrNotCanonical)
  func `Ed25519 keys of small order or not canonical are refused`(start: [UInt8]) {
    for sign: UInt8 in [0, 0x80] {
      var key = start + [UInt8](repeating: 0, count: 32 - start.count)
      key[31] |= sign
      #expect(throws: TokenError.self) {
        try Forge.set(#"{"kty":"OKP","crv":"Ed25519","x":"\#(Base64URL.text(key))"}"#)
      }
      #expect(throws: CryptographyError.self) { try VerificationKey(.ed25519(key), .edDSA) }
    }
  }

  @Test func `Ed25519 keys have 32 bytes`() {
    for count in [0, 31, 33, 64] {
      let key = Base64URL.text([UInt8](repeating: 9, count: count))
      #expect(throws: TokenError.self) { try Forge.set(#"{"kty":"OKP","crv":"Ed25519","x":"\#(key)"}"#) }
    }
  }

  @Test func `names are unique and kinds don't mix`() throws {
    let key = JSONWebKey(try SigningKey.generate(.es256))
    let symmetric = #"{"kty":"oct","alg":"HS256","kid":"k","k":"\#(Forge.secret)"}"#
    #expect(throws: TokenError.self) { try Forge.set(symmetric, symmetric) }
    #expect(throws: TokenError.self) { try Forge.set(symmetric, Forge.jwk(key)) }
    #expect(throws: TokenError.self) { try Forge.set(Forge.jwk(key), Forge.jwk(key, ["use": "enc"])) }
    #expect(try Forge.set(Forge.jwk(key), Forge.jwk(key, ["kid": "other"])).keys.count == 2)
  }

  @Test func `keys for something else are set aside and verify nothing`() throws {
    let key = JSONWebKey(try SigningKey.generate(.es256))
    let token = try TokenSigner.token(nil, payload: [], key: key)
    for changes: [String: JSON?] in [
      ["use": "enc"], ["use": nil, "key_ops": ["encrypt"]], ["alg": "ES521"], ["alg": "ES224"], ["key_ops": ["sign"]],
      ["kty": "XYZ", "alg": nil], ["key_ops": []],
    ] {
      let keys = try Forge.set(Forge.jwk(key, changes))
      #expect(throws: TokenError.self) { try TokenVerifier.verifySignature(token.utf8, keys) }
    }
    let keys = try Forge.set(Forge.jwk(key, ["use": nil, "key_ops": ["verify"]]))
    #expect(throws: Never.self) { try TokenVerifier.verifySignature(token.utf8, keys) }
  }

  @Test(arguments: [
    "", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[7]}"#, #"{"keys":[{}]}"#, #"{"keys":[],"keys":[]}"#,
    #"{"keys":[{"kty":"oct","kty":"oct"}]}"#, #"{"keys":[{"kty":7}]}"#,
  ])
  func `malformed sets are refused and make every line invalid`(text: String) {
    let keys = TokenReport.keys(parsing: text.utf8)
    #expect(throws: TokenError.self) { try keys.get() }
    let report = TokenReport(line: Forge.token().utf8, keys: keys, signatureOnly: true, now: 0)
    #expect(!report.isValid && report.json["code"] == "invalid_token")
  }

  @Test func `private halves must belong to their public ones`() throws {
    let first = try SigningKey.generate(.edDSA)
    let second = try SigningKey.generate(.edDSA)
    #expect(throws: CryptographyError.self) {
      try SigningKey(first.material, publicKey: second.publicKey.material, .edDSA)
    }
    let curve = try SigningKey.generate(.es256)
    #expect(throws: CryptographyError.self) {
      try SigningKey(curve.material, publicKey: try SigningKey.generate(.es256).publicKey.material, .es256)
    }
  }
}
