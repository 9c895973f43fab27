internal import Core
internal import Decisions
internal import LuaRuntime

/// The JSON Schemas of decision records.
enum RecordSchemas {
  /// All components by name.
  static let all: [(name: String, value: JSON)] = [
    ("Records", records), ("Record", record), ("RecordedCall", call), ("RecordedError", error),
    ("RecordPruning", pruning), ("PrunedRecords", pruned), ("RecordAnchor", anchor),
  ]

  private static let id: JSON = ["type": "string", "format": "uuid"]
  private static let anything: JSON = [:]
  private static let milliseconds: JSON = ["type": "integer", "description": "milliseconds since 1970"]

  private static func described(_ schema: JSON, _ text: String) -> JSON {
    var object = schema.object ?? JSON.Object()
    object["description"] = .string(text)
    return .object(object)
  }

  private static func record(_ members: [(name: String, value: JSON)], optional: Set<String> = []) -> JSON {
    APISchemas.record(JSON.Object(members), optional: optional)
  }

  private static let pruning = record([
    ("before", described(milliseconds, "what was made before this goes, milliseconds since 1970; a time that is over"))
  ])

  private static let pruned = record([
    ("segments", APISchemas.count), ("records", APISchemas.count),
    ("anchors", APISchemas.list(APISchemas.reference("RecordAnchor"))),
    ("problems", described(APISchemas.list(APISchemas.text), "what stays although it is old enough, and why")),
    ("unfinished", ["type": "boolean", "description": "whether there is more to remove"]),
  ])

  private static let hash: JSON = ["type": "string", "description": "64 hexadecimal digits"]
  private static let anchor = record([
    ("log", APISchemas.text), ("first", described(APISchemas.count, "the place of its first record in the log")),
    ("last", APISchemas.count), ("count", APISchemas.count), ("before", hash), ("after", hash),
  ])

  private static let records = record([
    ("records", APISchemas.list(APISchemas.reference("Record"))),
    ("next", ["type": ["string", "null"], "description": "`before` of the next page; null when nothing follows"]),
  ])

  private static let record = record(
    [
      ("id", id), ("point", APISchemas.text), ("generation", APISchemas.count),
      ("stale", described(["const": true], "another generation may have decided on other hosts by then")),
      ("digest", described(APISchemas.text, "of the rulebook that decided; empty when there was none")),
      ("vm", described(APISchemas.text, "the format of the machine that ran it; 5.4-0 names none")),
      ("time", milliseconds), ("requester", APISchemas.text),
      ("subject", described(APISchemas.text, "whom it is about, as the decision's input says")),
      ("trace", described(APISchemas.text, "the traceparent of the question")),
      ("request", described(APISchemas.text, "the id of the request that asked, as X-Request-Id carried it")),
      ("input", described(anything, "the bare input")),
      (
        "unread",
        [
          "enum": ["body", "line"],
          "description": "what was sent held no input: `input` is its text, of the body or of a line",
        ]
      ),
      ("now", described(milliseconds, "the clock as the rule saw it, milliseconds since 1970")),
      ("calls", APISchemas.list(APISchemas.reference("RecordedCall"))),
      ("snapshot", described(APISchemas.count, "the version of the trust graph that answered")),
      ("result", anything), ("error", APISchemas.reference("RecordedError")),
      ("effects", described(APISchemas.list(id), "the ids of the transfers that committed with it")),
      ("fuel", APISchemas.count), ("nanoseconds", APISchemas.count),
      (
        "shadow",
        record([
          ("record", id), ("candidate", APISchemas.text), ("class", APISchemas.text),
          ("digest", described(APISchemas.text, "of what the candidate answered and intended")),
        ])
      ),
    ],
    optional: ["shadow", "stale", "vm", "subject", "trace", "request", "unread", "now", "snapshot", "result", "error"])

  private static let call = record(
    [
      ("call", described(APISchemas.text, "such as ledger.balance")),
      ("arguments", APISchemas.list(anything)), ("answer", anything),
      ("error", APISchemas.reference("RecordedError")),
    ], optional: ["answer", "error"])

  private static let error = APISchemas.record(
    JSON.Object([
      ("code", APISchemas.text), ("message", APISchemas.text), ("reason", APISchemas.text), ("file", APISchemas.text),
      ("line", APISchemas.count), ("traceback", APISchemas.list(APISchemas.text)),
    ]), optional: ["reason", "file", "line", "traceback"], isOpen: true)
}

/// What the examples of records are made of.
enum RecordExamples {
  static let id = "018bcfe5-6800-7000-8000-000000000032"

  /// A record of a decision that read a balance and moved money.
  static let record: JSON = [
    "id": .string(id), "point": "sprint.spend", "generation": 7,
    "digest": .string("sha256:" + String(repeating: "5e", count: 32)),
    "vm": .string(VirtualMachine.format), "time": 1_700_000_000_000,
    "requester": "operator:018bcfe5-6800-7000-8000-000000000000",
    "input": ["sprint": "one", "envelope": "team", "week": 1],
    "now": 1_700_000_000_000,
    "calls": [
      [
        "call": "ledger.balance", "arguments": ["sprint:one:team"],
        "answer": ["asset": "DUC/2", "minor": 15_000_000],
      ]
    ],
    "result": ["left": ["asset": "DUC/2", "minor": 14_999_900]], "effects": ["018bcfe5-6800-8000-8000-00000000000b"],
    "fuel": 1_203, "nanoseconds": 41_520,
  ]
}
