internal import Core
internal import Decisions
internal import Ledger

/// The JSON Schemas of the ledger's bodies.
enum LedgerSchemas {
  /// All components by name.
  static let all: [(name: String, value: JSON)] = [
    ("LedgerEvent", event), ("LedgerEvents", record([("events", list("LedgerEvent"))])),
    ("LedgerResult", result), ("LedgerResults", record([("results", list("LedgerResult"))])),
    ("LedgerAmount", amount), ("LedgerBalances", balances), ("LedgerTransfer", transfer),
    ("LedgerAccount", ["anyOf": [APISchemas.reference("LedgerOwnAccount"), APISchemas.reference("LedgerWorld")]]),
    ("LedgerOwnAccount", account), ("LedgerWorld", world), ("LedgerAccountChange", accountChange),
    ("LedgerCheckpoint", checkpoint),
  ]

  private static let minor: JSON = ["type": "integer", "description": "minor units"]
  private static let quantity: JSON = ["type": "integer", "minimum": 0, "description": "minor units"]
  private static let nanoseconds: JSON = ["type": "integer", "description": "nanoseconds since 1970"]
  private static let hash: JSON = ["type": "string", "pattern": "^[0-9a-f]{64}$"]
  private static let id: JSON = ["type": "string", "format": "uuid"]
  private static let flag: JSON = ["type": "boolean"]
  private static let texts: JSON = ["type": "object", "additionalProperties": APISchemas.text]

  private static func record(_ members: [(name: String, value: JSON)], optional: Set<String> = []) -> JSON {
    APISchemas.record(JSON.Object(members), optional: optional)
  }

  private static func list(_ name: String) -> JSON { APISchemas.list(APISchemas.reference(name)) }

  private static func either(_ type: String, _ description: String) -> JSON {
    ["type": [.string(type), "null"], "description": .string(description)]
  }

  private static let asset: JSON = [
    "type": "string", "pattern": "^[A-Z][A-Z0-9]{0,16}(/[0-9]{1,2})?$", "description": "with its scale: USD/2",
  ]

  private static let account = record([
    ("account", APISchemas.text), ("asset", either("string", "null before the first transfer")), ("posted", minor),
    ("pending", minor), ("available", minor), ("flags", APISchemas.list(["enum": ["no_overdraft", "closed"]])),
    ("floor", either("integer", "how far below zero it may go, minor units; null where there is no floor")),
  ])

  private static let world = record([("account", ["const": "world"]), ("assets", list("LedgerOwnAccount"))])

  private static let accountChange = record(
    [("floor", ["type": "integer", "maximum": 0, "description": "minor units"]), ("closed", flag)],
    optional: ["floor", "closed"])

  private static let amount = record([("asset", asset), ("minor", quantity)])

  private static let event = record(
    [
      ("id", id), ("from", APISchemas.text), ("to", APISchemas.text), ("amount", APISchemas.reference("LedgerAmount")),
      ("kind", ["enum": ["posted", "pending", "post", "void"]]), ("pending_id", id),
      ("timeout_seconds", ["type": "integer", "minimum": 0, "maximum": 4_294_967_295]), ("linked", flag),
      ("code", APISchemas.text), ("reference", APISchemas.text), ("metadata", texts),
    ],
    optional: [
      "from", "to", "amount", "pending_id", "timeout_seconds", "linked", "code", "reference", "metadata",
    ])

  private static let balances: JSON = [
    "type": "object", "description": "by account",
    "additionalProperties": record([("posted", minor), ("pending", minor), ("available", minor)]),
  ]

  private static let reason: JSON = ["enum": .array(RefusalReason.allCases.map { .string($0.rawValue) })]

  private static let result = record(
    [
      ("id", either("string", "as it was sent; null when it was no text")),
      ("status", ["enum": ["created", "exists", "refused"]]), ("reason", reason), ("first_reason", reason),
      ("seq", APISchemas.count), ("timestamp", nanoseconds), ("balances", APISchemas.reference("LedgerBalances")),
    ],
    optional: ["reason", "first_reason", "seq", "timestamp", "balances"])

  private static let transfer = record(
    [
      ("id", id), ("seq", APISchemas.count), ("timestamp", nanoseconds),
      (
        "kind",
        [
          "enum": [
            "posted", "pending", "post", "void", "reversal", "account", "decision", "governance", "anchor", "operator",
          ]
        ]
      ),
      ("state", ["enum": ["pending", "posted", "voided", "expired"]]), ("from", APISchemas.text),
      ("to", APISchemas.text), ("amount", APISchemas.reference("LedgerAmount")), ("account", APISchemas.text),
      ("floor", minor), ("closed", flag), ("pending_id", id), ("reverses", id),
      ("timeout_seconds", APISchemas.count), ("chain", id), ("code", APISchemas.text),
      ("reference", APISchemas.text), ("decision", APISchemas.text), ("metadata", texts),
      ("balances", APISchemas.reference("LedgerBalances")), ("reversed_by", APISchemas.list(id)), ("hash", hash),
    ],
    optional: [
      "from", "to", "amount", "account", "floor", "closed", "pending_id", "reverses", "timeout_seconds", "chain",
      "decision",
    ])

  private static let recordedFrom: JSON = [
    "type": "integer", "minimum": 0,
    "description": "the first entry that names its decision's record; 0 while none does",
  ]
  private static let recordHead = record([
    ("log", APISchemas.text), ("sequence", APISchemas.count), ("head", hash), ("count", APISchemas.count),
  ])

  private static let checkpoint = record([
    ("ledger", APISchemas.text), ("size", APISchemas.count), ("head", hash), ("ts", nanoseconds),
    ("recorded_from", recordedFrom), ("records", ["type": "array", "items": recordHead]),
    ("signature", either("string", "the same as a compact JWS; null while the host has no key to sign with")),
  ])
}
