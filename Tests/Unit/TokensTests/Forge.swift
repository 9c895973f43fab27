import Core
import Cryptography
import Tokens

/// Keys and tokens for the tests, well-made and ill-made.
enum Forge {
  static let now: Int64 = 1_750_000_000_000
  static let secret = Base64URL.text([UInt8](repeating: 7, count: 32))

  /// A set of one HS256 key named `k`.
  static func symmetricSet() throws -> JSONWebKeySet {
    try set(#"{"kty":"oct","alg":"HS256","kid":"k","k":"\#(secret)"}"#)
  }

  static func set(_ keys: String...) throws -> JSONWebKeySet {
    try JSONWebKeySet(parsing: #"{"keys":[\#(keys.joined(separator: ","))]}"#.utf8)
  }

  /// A token whose code holds under the key `k`, over any header and payload.
  static func token(header: String = #"{"alg":"HS256","kid":"k"}"#, payload: String = "{}") -> String {
    token(header: Array(header.utf8), payload: Array(payload.utf8))
  }

  static func token(header: [UInt8], payload: [UInt8]) -> String {
    let signed = Base64URL.text(header) + "." + Base64URL.text(payload)
    let code = HMACSHA256.code(signed.utf8, key: Secret([UInt8](repeating: 7, count: 32)))
    return signed + "." + Base64URL.text(code)
  }

  /// Whether the token holds under the key `k`, signature only.
  static func isSigned(_ token: String) throws -> Bool {
    let report = TokenReport(line: token.utf8, keys: .success(try symmetricSet()), signatureOnly: true, now: now)
    return report.isValid
  }

  /// Whether a token over these claims is taken by the policy.
  static func holds(_ claims: String, _ policy: ClaimsPolicy = .anyIssuer, typ: String? = nil) throws -> Bool {
    let typ = typ.map { #","typ":"\#($0)""# } ?? ""
    let token = token(header: #"{"alg":"HS256","kid":"k"\#(typ)}"#, payload: claims)
    let report = TokenReport(
      line: token.utf8, keys: .success(try symmetricSet()), signatureOnly: false, now: now, policy: policy)
    return report.isValid
  }

  /// The public JWK of a key as text, its members replaced or, with nil, removed.
  static func jwk(_ key: JSONWebKey, _ changes: [String: JSON?] = [:]) -> String {
    var members = key.publicJSON?.object ?? JSON.Object()
    for (name, value) in changes { members[name] = value }
    return JSON.object(members).text
  }
}
