internal import Citizens
internal import Core

/// The JSON Schemas of the bodies with which citizens sign in.
enum AuthenticationSchemas {
  /// All components by name.
  static let all: [(name: String, value: JSON)] = [
    ("ChallengeRequest", open([("username", APISchemas.text)])), ("Challenge", challenge),
    ("SignInRequest", signIn), ("RefreshRequest", open([("refresh_token", APISchemas.text)])), ("Tokens", tokens),
    ("Citizen", citizen), ("Me", me), ("SignedOut", record([("status", ["const": "signed_out"])])),
  ]

  private static let seconds: JSON = ["type": "integer", "minimum": 1, "description": "seconds"]
  private static let instant: JSON = ["type": "number", "description": "seconds since 1970"]
  private static let textOrNull: JSON = ["type": ["string", "null"]]
  private static let number: JSON = ["type": "number"]

  private static func record(_ members: [(name: String, value: JSON)], optional: Set<String> = []) -> JSON {
    APISchemas.record(JSON.Object(members), optional: optional)
  }

  private static func open(_ members: [(name: String, value: JSON)]) -> JSON {
    APISchemas.record(JSON.Object(members), isOpen: true)
  }

  private static let challenge = record([
    ("nonce", ["type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"]), ("issuer", APISchemas.text),
    ("expires_in", seconds),
  ])

  private static let signIn = open([
    ("username", APISchemas.text), ("nonce", APISchemas.text),
    ("signature", ["type": "string", "description": "Ed25519, in base64url without padding"]),
  ])

  private static let citizen = record(
    [
      ("username", APISchemas.text), ("first_name", APISchemas.text), ("last_name", APISchemas.text),
      ("social_class", APISchemas.text), ("ducats", number), ("influence", number), ("is_ai", ["type": "boolean"]),
    ], optional: ["ducats", "influence"])

  private static let tokens = record([
    ("access_token", ["type": "string", "description": "a JWT, for Authorization: Bearer"]),
    ("token_type", ["const": "Bearer"]), ("expires_in", seconds),
    ("refresh_token", ["type": "string", "description": "good for one refresh"]),
    ("consciousness_tier", APISchemas.text), ("platform_permissions", APISchemas.list(APISchemas.text)),
    ("citizen", APISchemas.reference("Citizen")),
  ])

  private static let me = record([
    ("username", APISchemas.text), ("social_class", textOrNull), ("tier", textOrNull),
    ("consciousness_tier", textOrNull), ("consciousness_level", ["type": ["number", "null"]]),
    ("platform_permissions", APISchemas.list(APISchemas.text)),
    ("generation", ["type": "integer", "minimum": 1, "description": "the generation whose rules granted it"]),
    ("decision_id", ["type": ["string", "null"], "format": "uuid"]), ("issued_at", instant), ("expires_at", instant),
  ])
}
