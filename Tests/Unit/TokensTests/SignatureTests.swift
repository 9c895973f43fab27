import Core
import Cryptography
import Testing
import Tokens

struct SignatureTests {
  @Test(arguments: SignatureAlgorithm.allCases.filter { $0.family != .hmac })
  func `each algorithm signs what its public half takes, and nothing else`(algorithm: SignatureAlgorithm) throws {
    let key = JSONWebKey(try SigningKey.generate(algorithm))
    let keys = try Forge.set(Forge.jwk(key))
    let token = try TokenSigner.token("JWT", payload: Array(#"{"a":1}"#.utf8), key: key)
    let (compact, verified) = try TokenVerifier.verifySignature(token.utf8, keys)
    #expect(verified.identifier == key.thumbprint)
    #expect(compact.payload == Array(#"{"a":1}"#.utf8))
    let changes: [[UInt8]] = [compact.signature.dropLast(), compact.signature + [0], [0] + compact.signature, []]
    for change in changes {
      #expect(!verified.isValid(change, for: compact.signedBytes))
    }
    var wrong = compact.signature
    wrong[wrong.count / 2] ^= 1
    #expect(!verified.isValid(wrong, for: compact.signedBytes))
    #expect(!verified.isValid(compact.signature, for: compact.signedBytes + [0]))
    #expect(verified.isValid(compact.signature, for: compact.signedBytes))
  }

  @Test(arguments: [SignatureAlgorithm.hs256, .hs384, .hs512])
  func `each HMAC signs and checks`(algorithm: SignatureAlgorithm) throws {
    let secret = Base64URL.text(SecureRandom.bytes(64))
    let keys = try Forge.set(#"{"kty":"oct","alg":"\#(algorithm.rawValue)","kid":"h","k":"\#(secret)"}"#)
    let token = try TokenSigner.token(nil, payload: [], key: try #require(keys.keys.first))
    #expect(throws: Never.self) { try TokenVerifier.verifySignature(token.utf8, keys) }
    #expect(keys.publicJSON.text == #"{"keys":[]}"#)
  }

  @Test func `the second name of Ed25519 is taken too`() throws {
    let key = JSONWebKey(try SigningKey.generate(.edDSA))
    let signed = Base64URL.text(#"{"alg":"Ed25519"}"#.utf8) + ".e30"
    let token = signed + "." + Base64URL.text(try key.signature(of: Array(signed.utf8)))
    for alg in ["EdDSA", "Ed25519"] {
      let keys = try Forge.set(Forge.jwk(key, ["alg": .string(alg)]))
      #expect(throws: Never.self) { try TokenVerifier.verifySignature(token.utf8, keys) }
    }
  }

  @Test func `r and s lie between 1 and the order`() throws {
    let key = try SigningKey.generate(.es256)
    let message = Array("m".utf8)
    let good = try key.signature(of: message)
    #expect(good.count == 64)
    let zero = [UInt8](repeating: 0, count: 32)
    let (r, s) = (Array(good[..<32]), Array(good[32...]))
    let halves: [([UInt8], [UInt8])] = [
      (zero, zero), (zero, s), (r, zero), (order, s), (r, order), (order, order), (r, s.dropLast()), (r, s + [0]),
      ([0] + r, s), ([UInt8](repeating: 0xFF, count: 32), [UInt8](repeating: 0xFF, count: 32)),
      ([0x30, 0x44, 0x02, 0x20] + r, [0x02, 0x20] + s),
    ]
    for (r, s) in halves { #expect(!key.publicKey.isValid(r + s, for: message)) }
    #expect(key.publicKey.isValid(good, for: message))
  }

  @Test func `the twin with the other s is valid as well`() throws {
    let key = try SigningKey.generate(.es256)
    let message = Array("m".utf8)
    let good = try key.signature(of: message)
    var twin = Array(good[..<32])
    var borrow = 0
    var s: [UInt8] = []
    for index in stride(from: 31, through: 0, by: -1) {
      let difference = Int(order[index]) - Int(good[32 + index]) - borrow
      borrow = difference < 0 ? 1 : 0
      s.insert(UInt8(truncatingIfNeeded: difference), at: 0)
    }
    twin += s
    #expect(twin != good)
    #expect(key.publicKey.isValid(twin, for: message))
  }

  @Test func `Ed25519 signs as RFC 8037 says`() throws {
    let json = try JSON(
      parsing: """
        {"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
        """)
    guard case .usable(let key) = try JSONWebKey.read(json) else {
      Issue.record("the key was set aside")
      return
    }
    #expect(key.identifier == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
    let signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    #expect(
      Base64URL.text(try key.signature(of: Array(signed.utf8)))
        == "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")
  }

  /// The order of P-256.
  private let order: [UInt8] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7,
    0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
  ]
}
