import Core
import Cryptography
import Foundation
import Testing
import Tokens

/// The keys and tokens of ours that peers are given.
enum TokenInterop {
  static let issuer = "https://cascade.example"
  static let audience = "https://peer.example"

  /// Now, in milliseconds: the libraries look at their own clock.
  static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

  /// A private (or symmetric) key of ours as a JWK, made once.
  static func privateKey(_ algorithm: SignatureAlgorithm) throws -> JSON { try #require(keys.get()[algorithm]) }

  private static let keys = Result {
    try Dictionary(uniqueKeysWithValues: SignatureAlgorithm.allCases.map { ($0, try makeKey($0)) })
  }

  private static func makeKey(_ algorithm: SignatureAlgorithm) throws -> JSON {
    if let hash = algorithm.hash, algorithm.family == .hmac {
      let bytes = Base64URL.text(SecureRandom.bytes(hash.byteCount))
      return ["kty": "oct", "alg": .string(algorithm.rawValue), "kid": "ours", "use": "sig", "k": .string(bytes)]
    }
    // Private keys leave through the document of a ring alone.
    let store = MemoryKeyStore()
    _ = try StoredKeyRing(store, algorithm: algorithm).current(now: now)
    let ring = try JSON(parsing: #require(try store.read(.ring)))
    return try #require(ring["keys"]?.array?.first?["key"])
  }

  /// A set of this key as others may see it; a symmetric one is shared whole.
  static func published(_ key: JSON) throws -> JSON {
    let set = try keySet(key)
    return key["kty"]?.string == "oct" ? ["keys": [key]] : set.publicJSON
  }

  static func keySet(_ key: JSON) throws -> JSONWebKeySet {
    try JSONWebKeySet(parsing: JSON.object(JSON.Object([("keys", .array([key]))])).bytes)
  }

  /// A token of ours by a JWK that can sign.
  static func sign(_ key: JSON) throws -> String {
    let key = try #require(try keySet(key).keys.first)
    let claims = JSON.Object([("sub", "anna"), ("aud", .string(audience)), ("name", "Zoë 🜁 \u{1}\"\\")])
    return try TokenSigner(key, issuer: issuer).token(
      .generic, claims: claims, identity: Identifier(milliseconds: now, random: (1, 2)), now: now, lifetimeSeconds: 600)
  }

  /// The claims of a token that we take, by a published key set.
  static func verify(_ token: String, _ keys: JSON) throws -> JSON {
    let policy = ClaimsPolicy(issuer: issuer, audience: audience, types: [.generic])
    let verifier = TokenVerifier(keys: try JSONWebKeySet(parsing: keys.bytes), policy: policy)
    return .object(try verifier.verify(token, now: now).claims)
  }

  /// Claims that a peer signs.
  static func claims() -> JSON {
    [
      "iss": .string(issuer), "aud": [.string(audience), "https://other.example"], "sub": "anna",
      "exp": .integer(now / 1000 + 600), "name": "Zoë 🜁 \u{1}\"\\",
    ]
  }

  /// The token with one bit of its signature turned.
  static func tampered(_ token: String) throws -> String {
    var parts = token.split(separator: ".").map(String.init)
    var signature = try #require(Base64URL.bytes(parts[2]))
    signature[signature.count / 2] ^= 1
    parts[2] = Base64URL.text(signature)
    return parts.joined(separator: ".")
  }
}
