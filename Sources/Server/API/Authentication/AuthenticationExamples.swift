internal import Citizens
internal import Core

/// What the examples of signing in are made of.
enum AuthenticationExamples {
  private static let nonce: JSON = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
  private static let permissions: JSON = ["basic_access", "collaboration", "consciousness_stream"]

  /// A body of `POST /v1/auth/challenge`.
  static let challengeRequest: JSON = ["username": "ConsiglioDeiDieci"]
  /// The answer to a request for a challenge.
  static let challenge: JSON = ["nonce": nonce, "issuer": "http://127.0.0.1:8080", "expires_in": 300]
  /// A body of `POST /v1/auth/token`.
  static let signIn: JSON = [
    "username": "ConsiglioDeiDieci", "nonce": nonce, "signature": .string(String(repeating: "A", count: 86)),
  ]
  /// A body of `POST /v1/auth/refresh`.
  static let refresh: JSON = ["refresh_token": nonce]
  /// The answer of `POST /v1/auth/token` and `/refresh`.
  static let tokens: JSON = [
    "access_token": "eyJ….….…", "token_type": "Bearer", "expires_in": 1800, "refresh_token": nonce,
    "consciousness_tier": "dormant", "platform_permissions": permissions,
    "citizen": Citizen(username: "ConsiglioDeiDieci", firstName: "Consiglio", lastName: "Dei Dieci").json,
  ]
  /// The answer of `GET /v1/auth/me`.
  static let me: JSON = [
    "username": "ConsiglioDeiDieci", "social_class": "Nobili", "tier": "enterprise", "consciousness_tier": "dormant",
    "consciousness_level": 0, "platform_permissions": permissions, "generation": 7,
    "decision_id": "018bcfe5-6800-7000-8000-00000000000a", "issued_at": 1_767_225_600, "expires_at": 1_767_227_400,
  ]
  /// The answer of `POST /v1/auth/logout`.
  static let signedOut: JSON = ["status": "signed_out"]
}
