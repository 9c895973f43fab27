package import Core
internal import Hummingbird

extension Endpoint {
  /// What the platform knows about itself. `report` is ``SelfObserver/report``'s JSON.
  package static func awareness(_ report: @escaping @Sendable () async -> JSON) -> [Endpoint] {
    [
      Endpoint(
        .get, "/v1/awareness", name: "getAwareness",
        summary: "How well the platform knows itself: the figure with its parts, what it expects, and its blind spots",
        needsOperator: true,
        answer: Answer(
          "The model after its last step", schema: APISchemas.reference("Awareness"),
          example: AwarenessSchemas.example)
      ) { _, _ in Response(json: await report()) }
    ]
  }
}

/// The JSON Schemas of the model of the platform.
enum AwarenessSchemas {
  /// All components by name.
  static let all: [(name: String, value: JSON)] = [("Awareness", awareness)]

  private static let share: JSON = ["type": ["number", "null"], "minimum": 0, "maximum": 1]
  private static let number: JSON = ["type": ["number", "null"]]
  private static let objects: JSON = ["type": ["array", "null"], "items": ["type": "object"]]

  private static let awareness = APISchemas.record(
    JSON.Object([
      ("time", ["type": "integer", "description": "of the last step, milliseconds since 1970"]),
      ("generation", APISchemas.count),
      ("awareness", share), ("coverage", share), ("prediction", share), ("calibration", share), ("integration", share),
      ("unknown", ["type": ["array", "null"], "items": APISchemas.text]),
      ("band", ["type": ["integer", "null"]]), ("mood", ["type": ["string", "null"]]),
      ("calibration_parts", ["type": ["object", "null"]]), ("reliability", objects),
      ("series", APISchemas.list(series)), ("components", APISchemas.list(component)),
      ("surprises", APISchemas.list(surprise)), ("first_surprise", firstSurprise), ("blind_spots", blindSpots),
      ("problem", ["type": ["string", "null"]]), ("fleet", fleet),
    ]), optional: ["generation", "fleet"])

  /// The hosts that share a store, which are as aware of themselves as the least of them.
  private static let fleet: JSON = [
    "type": ["object", "null"], "required": ["awareness", "hosts"], "additionalProperties": false,
    "properties": ["awareness": share, "hosts": APISchemas.list(host)],
  ]

  private static let host = APISchemas.record(
    JSON.Object([
      ("name", APISchemas.text), ("generation", APISchemas.count), ("awareness", share),
      ("seconds", ["type": "integer", "description": "since its last heartbeat"]),
      ("problem", ["type": ["string", "null"]]),
    ]), optional: ["problem"])

  private static let series = APISchemas.record(
    JSON.Object([
      ("name", APISchemas.text), ("component", APISchemas.text), ("observed", number), ("low", number),
      ("high", number), ("outside", APISchemas.count), ("foresight", share), ("steps", steps),
    ]))

  /// The last steps of a series: the first of each list belong together.
  private static let steps = APISchemas.record(
    JSON.Object([
      ("time", APISchemas.list(["type": "integer"])), ("observed", APISchemas.list(["type": "number"])),
      ("low", APISchemas.list(["type": "number"])), ("high", APISchemas.list(["type": "number"])),
    ]))

  private static let surpriseMembers = JSON.Object([
    ("time", ["type": "integer", "description": "milliseconds since 1970"]), ("component", APISchemas.text),
    ("series", APISchemas.text),
  ])

  private static let surprise = APISchemas.record(surpriseMembers)

  /// With which surprise it began, of the series that stay outside their intervals still.
  private static let firstSurprise: JSON = [
    "type": ["object", "null"], "required": ["time", "component", "series"], "additionalProperties": false,
    "properties": .object(surpriseMembers),
  ]

  private static let call = APISchemas.record(JSON.Object([("from", APISchemas.text), ("to", APISchemas.text)]))

  /// What the model doesn't know, and behind it what the host doesn't, once it has looked.
  private static let blindSpots = APISchemas.record(
    JSON.Object([
      ("silent_components", names), ("unprobed_components", names), ("unseen_calls", APISchemas.list(call)),
      ("undeclared_calls", APISchemas.list(call)), ("unseen_decisions", names), ("unseen_routes", names),
      ("unseen_host_calls", names),
      ("unreplayable_records", unreplayable), ("unverified_seconds", number), ("checkpoint_seconds", number),
      ("backup_seconds", number), ("uncovered_entries", ["type": ["integer", "null"], "minimum": 0]),
    ]),
    optional: [
      "unreplayable_records", "unverified_seconds", "checkpoint_seconds", "backup_seconds", "uncovered_entries",
    ])

  private static let names = APISchemas.list(APISchemas.text)

  private static let unreplayable: JSON = [
    "type": ["object", "null"], "required": ["count", "last"], "additionalProperties": false,
    "properties": ["count": APISchemas.count, "last": APISchemas.text],
  ]

  private static let component = APISchemas.record(
    JSON.Object([
      ("name", APISchemas.text), ("heard", ["type": ["integer", "null"]]), ("healthy", ["type": ["boolean", "null"]]),
      ("claimed", share), ("problem", ["type": ["string", "null"]]),
    ]))

  /// What anybody may know of it.
  static let brief: JSON = [
    "type": ["object", "null"], "required": ["awareness", "mood", "unhealthy", "unknown"],
    "additionalProperties": false,
    "properties": [
      "awareness": share, "mood": ["type": ["string", "null"]], "unhealthy": APISchemas.list(APISchemas.text),
      "unknown": APISchemas.list(APISchemas.text), "fleet": fleet,
    ],
  ]

  /// A platform whose ledger is not well.
  static let briefExample: JSON = [
    "awareness": .double(0.5), "mood": "gentle_awakening", "unhealthy": ["ledger"], "unknown": ["calibration"],
  ]

  /// The answer of a platform that has just begun to watch itself.
  static let example: JSON = [
    "time": 1_700_000_000_000, "generation": 7, "awareness": .double(0.5), "coverage": .double(0.5),
    "prediction": .null, "calibration": .null, "integration": .double(0.5), "unknown": ["calibration", "prediction"],
    "band": 2, "mood": "gentle_awakening", "calibration_parts": .null, "reliability": [],
    "series": [
      [
        "name": "request_rate", "component": "decisions", "observed": 3, "low": 2, "high": 5, "outside": 0,
        "foresight": .null,
        "steps": [
          "time": [1_699_999_985_000, 1_700_000_000_000], "observed": [4, 3], "low": [2, 2], "high": [5, 5],
        ],
      ]
    ],
    "components": [
      [
        "name": "ledger", "heard": 1_700_000_000_000, "healthy": true, "claimed": .double(0.97), "problem": .null,
      ]
    ],
    "surprises": [["time": 1_699_999_000_000, "component": "store", "series": "store_latency"]],
    "first_surprise": .null,
    "blind_spots": [
      "silent_components": ["venice"], "unprobed_components": ["venice"], "unseen_calls": [], "undeclared_calls": [],
      "unseen_decisions": ["tier.assign"], "unseen_routes": ["GET /v1/governance"],
      "unseen_host_calls": ["ledger.hold"], "unreplayable_records": .null, "unverified_seconds": 90,
      "checkpoint_seconds": .null, "backup_seconds": 86_400, "uncovered_entries": 12,
    ],
    "problem": .null,
  ]
}
