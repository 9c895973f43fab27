internal import Core
internal import Cryptography
internal import Mutating
internal import Tokens
internal import TrustGraph

/// Well-made tokens and key sets, and what is made of them.
struct Corpus {
  /// What is given to the code under test.
  enum Input: CustomStringConvertible {
    /// A token whose bytes were changed after it was signed.
    case token([UInt8])
    /// A token over changed bytes, signed by a key of the set: it may hold.
    case signed([UInt8])
    case keySet([UInt8])

    var description: String {
      switch self {
      case .token(let bytes), .signed(let bytes), .keySet(let bytes): String(decoding: bytes, as: UTF8.self)
      }
    }
  }

  /// What the code under test said.
  enum Outcome: String {
    case refused = "tokens refused"
    case unchanged = "tokens taken, as they were not changed"
    case taken = "tokens taken, signed over a change"
    case wronglyTaken = "tokens taken, changed after they were signed"
    case setRead = "key sets read"
    case setRefused = "key sets refused"
  }

  private static let now: Int64 = 1_750_000_000_000
  private static let issuer = "https://cascade.example"

  /// What parsers stumble over.
  private static let mutation = Mutation(words: [
    "{", "}", "[", "]", "\"", "\\", ":", ",", ".", "=", "-", "+", "/", "0", "1e400", "-0", "1e-999", "0.1", "null",
    "true", "\\u0000", "\\ud800", "\\udc00\\ud800", "\u{0}", "\u{FEFF}", "\u{2028}", "🜁", "none", "HS256", "RS256",
    "\"alg\":", "\"alg\":\"none\",", "\"kid\":", "\"typ\":", "\"crit\":[\"exp\"],", "\"b64\":false,", "\"exp\":",
    "\"exp\":1e400,", "\"nbf\":9e15,", "\"iat\":-1,", "\"aud\":[],", "\"iss\":{},", "\"keys\":[", "\"kty\":\"oct\",",
    "\"crv\":\"P-521\",", "\"e\":\"AQ\",", "\"use\":\"enc\",", "\"key_ops\":[],", "eyJ", "AA", "_", "e30",
  ])

  private let publicKeys: TokenVerifier
  private let symmetric: TokenVerifier
  private let secret: HMACKey
  private let tokens: [[UInt8]]
  private let known: Set<[UInt8]>
  private let sets: [[UInt8]]

  /// New keys for every algorithm, a token by each, and each as a set of its own.
  init() throws {
    let bytes = SecureRandom.bytes(32)
    secret = HMACKey(Secret(bytes), .sha256)
    let oct: JSON = ["kty": "oct", "alg": "HS256", "kid": "h", "k": .string(Base64URL.text(bytes))]
    let pairs = try SignatureAlgorithm.allCases.filter { $0.family != .hmac }
      .map { JSONWebKey(try SigningKey.generate($0)) }
    let octSet = try JSONWebKeySet(parsing: (["keys": [oct]] as JSON).bytes)
    let policy = ClaimsPolicy(issuer: Self.issuer, audience: Self.issuer, types: [.access])
    publicKeys = TokenVerifier(keys: try JSONWebKeySet(pairs), policy: policy)
    symmetric = TokenVerifier(keys: octSet, policy: policy)
    let claims = JSON.Object([
      ("sub", "TopGlassmaker"), ("aud", .array([.string(Self.issuer), "x"])), ("nbf", 1),
      ("tier", ["a": [.double(1.5), true]]),
    ])
    tokens = try (pairs + octSet.keys).map { key in
      let identity = Identifier(milliseconds: Self.now, random: (1, 2))
      let token = try TokenSigner(key, issuer: Self.issuer).token(
        .access, claims: claims, identity: identity, now: Self.now, lifetimeSeconds: 1800)
      return Array(token.utf8)
    }
    known = Set(tokens)
    sets = (pairs.compactMap(\.publicJSON) + [oct]).map { (["keys": [$0]] as JSON).bytes }
  }

  /// The next input: of ten, five are tokens changed as they stand, four are signed over a change, one is a key set.
  func input(_ generator: inout SeededGenerator) -> Input {
    switch generator.next(below: 10) {
    case 0:
      let set = sets[generator.next(below: sets.count)]
      return .keySet(Self.mutation.changed(set, limit: TokenLimits.tokenBytes, &generator))
    case 1..<6:
      let token = tokens[generator.next(below: tokens.count)]
      return .token(Self.mutation.changed(token, limit: TokenLimits.tokenBytes + 1, &generator))
    default: return .signed(signed(&generator))
    }
  }

  private func signed(_ generator: inout SeededGenerator) -> [UInt8] {
    var header = Array(#"{"alg":"HS256","kid":"h","typ":"at+jwt"}"#.utf8)
    var payload = Array(
      #"{"iss":"\#(Self.issuer)","aud":"\#(Self.issuer)","exp":1750000600,"nbf":1,"x":[{"y":"z"}]}"#.utf8)
    let isHeader = generator.next(below: 3) == 0
    // What base64url makes of it, with the code, has to fit.
    let limit = TokenLimits.tokenBytes / 4 * 3 - 128
    if isHeader {
      header = Self.mutation.changed(header, limit: limit, &generator)
    } else {
      payload = Self.mutation.changed(payload, limit: limit, &generator)
    }
    let signed = Base64URL.text(header) + "." + Base64URL.text(payload)
    return Array((signed + "." + Base64URL.text(secret.code(signed.utf8))).utf8)
  }

  /// Gives an input to the code under test.
  func outcome(of input: Input) -> Outcome {
    switch input {
    case .token(let bytes):
      // Each verifier sees every token: the keys of the one are strangers to the other.
      guard isTaken(bytes, publicKeys) || isTaken(bytes, symmetric) else { return .refused }
      return known.contains(bytes) ? .unchanged : .wronglyTaken
    case .signed(let bytes): return isTaken(bytes, symmetric) ? .taken : .refused
    case .keySet(let bytes): return (try? JSONWebKeySet(parsing: bytes)) == nil ? .setRefused : .setRead
    }
  }

  private func isTaken(_ bytes: [UInt8], _ verifier: TokenVerifier) -> Bool {
    (try? verifier.verify(bytes, now: Self.now)) != nil
  }
}
