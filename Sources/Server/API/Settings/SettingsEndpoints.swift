package import Core
internal import Cryptography
package import Decisions
internal import Hummingbird
internal import Logging
package import Tokens

/// What an operator sees of how a host is set up, and may do to its keys and tokens.
package struct SettingsDesk: Sendable {
  /// A setting in force.
  package struct Setting: Sendable {
    /// The name of the option that sets it.
    package var name: String
    /// Its value as a file of settings has it; nil where it isn't set.
    package var value: String?
    /// What gave it: an option, a variable, a file's line, or the default.
    package var origin: String

    package init(name: String, value: String?, origin: String) {
      self.name = name
      self.value = value
      self.origin = origin
    }
  }

  /// The version of the program that runs.
  package var version: String
  /// The settings by name; no secret is among them.
  package var settings: [Setting]
  /// The signing keys as they are.
  package var ring: @Sendable () -> KeyRing
  /// Publishes a new key; false while one waits for its turn already.
  package var rotate: @Sendable () async throws -> Bool
  /// Revokes the token of this `jti`.
  package var revoke: @Sendable (Identifier) async throws -> Void
  /// The last acts of operators, the latest first.
  package var acts: @Sendable (Int) async throws -> [AuditEvent]

  package init(
    version: String, settings: [Setting], ring: @escaping @Sendable () -> KeyRing,
    rotate: @escaping @Sendable () async throws -> Bool, revoke: @escaping @Sendable (Identifier) async throws -> Void,
    acts: @escaping @Sendable (Int) async throws -> [AuditEvent]
  ) {
    self.version = version
    self.settings = settings
    self.ring = ring
    self.rotate = rotate
    self.revoke = revoke
    self.acts = acts
  }
}

extension Endpoint {
  /// How the host is set up, its keys, and what operators did.
  package static func settings(_ desk: SettingsDesk) -> [Endpoint] {
    [
      Endpoint(
        .get, "/v1/settings", name: "getSettings",
        summary: "Version, settings in force with their sources, signing keys",
        needsOperator: true,
        answer: Answer(
          "What is in force; secrets are not shown", schema: APISchemas.reference("Settings"),
          example: SettingsSchemas.example)
      ) { _, _ in Response(json: desk.json) },
      Endpoint(
        .post, "/v1/keys/rotate", name: "rotateKeys",
        summary: "Publishes a new signing key, which signs once everybody has fetched it; a body is ignored",
        needsOperator: true,
        answer: Answer(
          "The keys as they are then", schema: APISchemas.reference("SigningKeys"),
          example: ["keys": SettingsSchemas.keys]),
        problems: [.conflict, .unavailable]
      ) { _, context in
        let isPublished = try await keeping(context) { try await desk.rotate() }
        guard isPublished else {
          throw ProblemDocument(
            .conflict, "a published key waits for its turn already; it signs when its time has come")
        }
        return Response(json: ["keys": desk.keys])
      },
      Endpoint(
        .post, "/v1/tokens/revoke", name: "revokeToken",
        summary: "Revokes an access or operator's token by its id; nobody is asked whether there is one",
        needsOperator: true,
        body: (APISchemas.reference("TokenRevocation"), ["id": .string(RecordExamples.id)]),
        answer: Answer(
          "It is revoked, at every host on these keys",
          schema: APISchemas.record(JSON.Object([("revoked", APISchemas.text)])),
          example: ["revoked": .string(RecordExamples.id)]),
        problems: [.malformedRequest, .invalidInput, .unavailable]
      ) { request, context in
        guard let id = try await request.json()["id"]?.string.flatMap({ Identifier($0) }) else {
          throw ProblemDocument(.invalidInput, "id is the token's jti, a UUID")
        }
        try await keeping(context) { try await desk.revoke(id) }
        return Response(json: ["revoked": .string(id.description)])
      },
      Endpoint(
        .get, "/v1/audit", name: "getAudit", summary: "The last acts of operators, the latest first",
        needsOperator: true,
        answer: Answer(
          "Who did what from where, and what came of it", schema: APISchemas.reference("OperatorActs"),
          example: ["acts": []]),
        problems: [.unavailable]
      ) { _, context in
        let acts = try await keeping(context) { try await desk.acts(SettingsSchemas.acts) }
        return Response(json: ["acts": .array(acts.map(\.json))])
      },
    ]
  }

  /// Runs `body`; what keeps it from its work goes to the log.
  private static func keeping<Value>(
    _ context: APIContext, _ body: () async throws -> Value
  ) async throws(ProblemDocument) -> Value {
    do {
      return try await body()
    } catch let problem as ProblemDocument {
      throw problem
    } catch {
      context.logger.error("keys, revocations or acts can't be read or kept", metadata: ["error": "\(error)"])
      throw ProblemDocument(.unavailable, "that can't be read or kept now; the server's log says why")
    }
  }
}

extension SettingsDesk {
  fileprivate var keys: JSON {
    .array(
      ring().entries.map { entry in
        [
          "kid": .string(entry.key.identifier), "algorithm": .string(entry.key.algorithm.rawValue),
          "state": .string(entry.state.rawValue), "since": .integer(entry.since),
          "until": entry.nextStep(RotationSchedule()).map { .integer($0) } ?? .null,
        ]
      })
  }

  fileprivate var json: JSON {
    [
      "version": .string(version), "keys": keys,
      "settings": .array(
        settings.map {
          ["name": .string($0.name), "value": $0.value.map { .string($0) } ?? .null, "origin": .string($0.origin)]
        }),
    ]
  }
}

/// Schemas and examples of how a host is set up.
enum SettingsSchemas {
  /// Acts of operators that are shown.
  static let acts = 200

  /// All components by name.
  static let all: [(name: String, value: JSON)] = [
    (
      "Settings",
      record([
        ("version", APISchemas.text), ("keys", APISchemas.list(key)), ("settings", APISchemas.list(setting)),
      ])
    ),
    ("SigningKeys", record([("keys", APISchemas.list(key))])),
    ("TokenRevocation", record([("id", APISchemas.text)])),
    ("OperatorActs", record([("acts", APISchemas.list(["type": "object"]))])),
  ]

  private static func record(_ members: [(name: String, value: JSON)]) -> JSON {
    APISchemas.record(JSON.Object(members))
  }

  private static let milliseconds: JSON = ["type": "integer", "description": "milliseconds since 1970"]
  private static let key = record([
    ("kid", APISchemas.text), ("algorithm", APISchemas.text), ("state", ["enum": ["published", "active", "retiring"]]),
    ("since", milliseconds), ("until", ["type": ["integer", "null"], "description": "milliseconds since 1970"]),
  ])
  private static let setting = record([
    ("name", APISchemas.text), ("value", ["type": ["string", "null"]]), ("origin", APISchemas.text),
  ])

  static let keys: JSON = [
    [
      "kid": "oKIywvGUpTVTyxMQ3bwIIeQUudfr", "algorithm": "ES256", "state": "active", "since": 1_700_000_000_000,
      "until": .null,
    ]
  ]
  static let example: JSON = [
    "version": "1.2.3", "keys": keys,
    "settings": [["name": "records", "value": "\"all\"", "origin": "default"]],
  ]
}
