internal import Core
internal import Decisions
internal import Rulebook

/// The JSON Schemas of the API's bodies, as components of the OpenAPI document.
enum APISchemas {
  /// A reference to a component.
  static func reference(_ name: String) -> JSON { ["$ref": .string("#/components/schemas/" + name)] }

  /// All components by name.
  static let all: JSON = .object(
    JSON.Object(
      [
        ("Decision", decision), ("Decisions", decisions), ("Rulebook", rulebook), ("Plugin", plugin),
        ("RulebookProblem", rulebookProblem), ("Health", health), ("Problem", problem),
      ] + LedgerSchemas.all + RecordSchemas.all + GraphSchemas.all + AuthenticationSchemas.all + QuoteSchemas.all
        + PaymentSchemas.all + GovernanceSchemas.all + AwarenessSchemas.all + ObjectivesSchemas.all + HistorySchemas.all
        + ShadowSchemas.all
        + WorkbenchSchemas.all + LedgerListSchemas.all + SettingsSchemas.all))

  /// The schema of any text.
  static let text: JSON = ["type": "string"]
  /// Whole numbers from 0.
  static let count: JSON = ["type": "integer", "minimum": 0]

  /// A list of what fits `items`.
  static func list(_ items: JSON) -> JSON { ["type": "array", "items": items] }

  /// An object with these members and no others, all there except those in `optional`.
  static func record(_ properties: JSON.Object, optional: Set<String> = [], isOpen: Bool = false) -> JSON {
    let required = properties.members.map(\.name).filter { !optional.contains($0) }
    return [
      "type": "object", "properties": .object(properties), "required": .array(required.map { .string($0) }),
      "additionalProperties": .bool(isOpen),
    ]
  }

  private static func record(_ properties: JSON, optional: Set<String> = [], isOpen: Bool = false) -> JSON {
    record(properties.object ?? JSON.Object(), optional: optional, isOpen: isOpen)
  }

  private static let decision = record(
    [
      "name": text, "plugin": text, "summary": text,
      "input": ["type": "object", "description": "JSON Schema of the input"],
      "output": ["type": "object", "description": "JSON Schema of the result"],
      "uses": list(text), "debits": list(text), "credits": list(text),
      "refusals": refusals,
      "operators": ["type": "boolean", "description": "whether the decision port answers it to operators only"],
    ], optional: ["credits", "refusals"])

  private static let refusals: JSON = [
    "type": "array", "items": record(["code": text, "summary": text]),
    "description": "the codes that it declares for its refusals; the host calls that it makes have their own",
  ]

  private static let decisions = record(["decisions": list(reference("Decision"))])

  private static let plugin = record(["name": text, "version": text, "decisions": list(text)])

  private static let rulebookProblem = record(
    ["code": text, "message": text, "file": text, "line": count, "column": count],
    optional: ["file", "line", "column"])

  private static let lastReload = record([
    "successful": ["type": "boolean"], "problems": list(reference("RulebookProblem")),
  ])

  private static let rulebook = record(
    [
      "generation": count, "digest": ["type": "string", "pattern": "^sha256:[0-9a-f]{64}$"],
      "activated_milliseconds": ["type": "integer", "description": "milliseconds since 1970"],
      "lanes": count, "plugins": list(reference("Plugin")), "retained": list(count), "last_reload": lastReload,
      "reload": reload,
    ], optional: ["reload"])

  private static let reload = record([
    "outcome": ["enum": .array(ReloadReport.Outcome.allCases.map { .string($0.rawValue) })], "message": text,
    "doubts": list(reference("RulebookProblem")),
  ])

  private static let health = record([
    "status": ["enum": ["ok", "degraded", "unavailable"]], "version": text, "generation": count, "digest": text,
    "last_reload": lastReload, "self": AwarenessSchemas.brief,
  ])

  private static let problem = record(
    [
      "type": ["type": "string", "format": "uri"], "title": text,
      "status": ["type": "integer", "minimum": 400, "maximum": 599],
      "code": text, "detail": text, "errors": list(["type": "object"]),
    ],
    optional: ["errors"], isOpen: true)
}
