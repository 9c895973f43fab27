internal import Core
internal import Decisions

/// The JSON Schemas of backtests and explanations.
enum HistorySchemas {
  /// All components by name.
  static let all: [(name: String, value: JSON)] = [
    ("NewBacktest", newBacktest), ("Backtest", backtest), ("BacktestReport", report), ("EndedBacktest", ended),
    ("Flips", flips), ("Flip", flip), ("Explanation", explanation),
  ]

  private static func record(_ members: [(name: String, value: JSON)], optional: Set<String> = []) -> JSON {
    APISchemas.record(JSON.Object(members), optional: optional)
  }

  private static func described(_ schema: JSON, _ text: String) -> JSON {
    var object = schema.object ?? JSON.Object()
    object["description"] = .string(text)
    return .object(object)
  }

  private static let id: JSON = ["type": "string", "format": "uuid"]
  private static let milliseconds: JSON = ["type": "integer", "description": "milliseconds since 1970"]
  private static let digest: JSON = ["type": "string", "pattern": "^sha256:[0-9a-f]{64}$"]
  private static let objects = APISchemas.list(["type": "object"])

  private static let mode: JSON = ["enum": .array(BacktestQuery.Mode.allCases.map { .string($0.rawValue) })]

  /// Rules that are not in force.
  static let candidate: JSON = [
    "type": "object",
    "properties": [
      "files": [
        "type": "object", "additionalProperties": APISchemas.text,
        "description": "every file of the rulebook by its path",
      ],
      "generation": [
        "type": ["integer", "string"], "description": "the number of a generation that decided, or its digest",
      ],
    ],
    "additionalProperties": false,
  ]

  private static let newBacktest = record(
    [
      ("candidate", candidate),
      ("points", described(APISchemas.list(APISchemas.text), "records of these decisions only")),
      ("since", described(milliseconds, "records from this time on, milliseconds since 1970")),
      ("until", described(milliseconds, "records before this time, milliseconds since 1970")),
      ("subject", described(APISchemas.text, "records whose input names this citizen")),
      (
        "limit",
        [
          "type": "integer", "minimum": 1,
          "description": "so many at most: the latest, or the first in sequential mode",
        ]
      ),
      ("answers", ["enum": .array(BacktestQuery.Answers.allCases.map { JSON.string($0.rawValue) })]),
      ("mode", described(mode, "sequential: those with effects in turn, each on what those before left, a model")),
      ("gate", ["type": "object", "description": "limits of the change, as `cascade backtest --gate` reads them"]),
      ("subjects", ["type": "boolean", "description": "whether citizens are shown by their names"]),
      ("redact", described(APISchemas.list(APISchemas.text), "JSON pointers to what is not shown")),
    ],
    optional: ["points", "since", "until", "subject", "limit", "answers", "mode", "gate", "subjects", "redact"])

  private static let backtest = record([
    ("id", id), ("state", ["enum": .array(BacktestBook.State.allCases.map { .string($0.rawValue) })]),
    ("candidate", record([("digest", digest)])), ("begun", milliseconds),
    ("compared", described(APISchemas.count, "records so far")),
    ("flips", described(APISchemas.count, "records that can be looked at one by one")),
    ("all_flips", ["type": "boolean", "description": "whether these are all; only so many are kept"]),
    ("problem", ["type": ["string", "null"]]),
    ("report", ["anyOf": [APISchemas.reference("BacktestReport"), ["type": "null"]]]),
  ])

  private static let model = record([
    ("model", ["const": true]), ("first_parted", ["type": ["string", "null"], "format": "uuid"]),
  ])

  private static let report = record(
    [
      ("report", ["const": .string(BacktestReport.form)]), ("digest", digest), ("baseline", [:]),
      ("candidate", record([("digest", digest)])), ("vm", APISchemas.text), ("window", ["type": "object"]),
      ("mode", mode), ("answers", APISchemas.text), ("coverage", ["type": "object"]),
      ("classes", ["type": "object", "additionalProperties": APISchemas.count]), ("points", ["type": "object"]),
      ("fields", objects), ("money", objects), ("subjects", ["type": "object"]), ("clusters", objects),
      ("sequential", model), ("gate", ["type": ["object", "null"]]), ("elapsed_ms", APISchemas.count),
    ], optional: ["sequential"])

  private static let ended = record([("id", id)])

  private static let flips = record([
    ("flips", APISchemas.list(APISchemas.reference("Flip"))),
    ("next", ["type": ["string", "null"], "description": "`after` of the next page; null when nothing follows"]),
    ("all", ["type": "boolean"]),
  ])

  private static let flip = record(
    [
      ("record", id), ("point", APISchemas.text),
      ("class", ["enum": .array(BacktestClass.allCases.map { .string($0.rawValue) })]),
      ("reason", described(APISchemas.text, "why nobody can say")),
      ("file", described(APISchemas.text, "where the two runs part")), ("line", APISchemas.count),
      ("input", [:]), ("before", described([:], "the recorded answer")), ("after", described([:], "the candidate's")),
    ], optional: ["reason", "file", "line", "before", "after"])

  private static let explanation = APISchemas.record(
    JSON.Object([
      ("explanation", ["const": .string(Explanation.form)]),
      ("as", ["enum": .array(Explainer.View.allCases.map { .string($0.rawValue) })]), ("record", id),
      ("point", APISchemas.text), ("verdict", ["const": "same"]), ("answer", [:]), ("fuel", APISchemas.count),
      ("words", described(APISchemas.text, "what the plugin's `explain` says to a citizen")),
      ("words_problem", described(APISchemas.text, "why it says nothing")), ("because", objects), ("notes", objects),
      ("policies", objects), ("near_misses", objects), ("calls", objects),
      ("lines", objects), ("counter", objects),
      ("cut", ["type": "boolean", "description": "whether there was more than is told"]),
    ]),
    optional: [
      "words", "words_problem", "because", "notes", "policies", "near_misses", "calls", "lines", "counter",
    ])
}

/// What the examples of backtests and explanations are made of.
enum HistoryExamples {
  static let id = "018bcfe5-6800-7000-8000-00000000000c"
  private static let digest = "sha256:" + String(repeating: "5e", count: 32)

  static let order: JSON = [
    "candidate": ["files": ["policies/fees.lua": "return { fee = \"0.030\" }\n"]], "points": ["bridge.quote"],
    "limit": 1_000,
  ]

  static let running = backtest(.running, report: .null)
  static let done = backtest(
    .done, report: BacktestReport(BacktestReport.Heading(candidate: digest, machine: "5.4-1")).json(elapsed: 40))

  private static func backtest(_ state: BacktestBook.State, report: JSON) -> JSON {
    [
      "id": .string(id), "state": .string(state.rawValue), "candidate": ["digest": .string(digest)],
      "begun": 1_700_000_000_000, "compared": 1_000, "flips": 2, "all_flips": true, "problem": .null, "report": report,
    ]
  }

  static let flips: JSON = [
    "flips": [
      [
        "record": .string(RecordExamples.id), "point": "bridge.quote", "class": "changed", "file": "policies/fees.lua",
        "line": 16, "input": ["citizen": "subject-1"], "before": ["fee": 250], "after": ["fee": 300],
      ]
    ],
    "next": .null, "all": true,
  ]

  static let explanation: JSON = [
    "explanation": .string(Explanation.form), "as": "why", "record": .string(RecordExamples.id),
    "point": "access.grant", "verdict": "same", "answer": ["consciousness_tier": "emergence"], "fuel": 412,
    "because": [
      ["file": "plugins/access/plugin.lua", "line": 31, "text": "level 0.4477 < step.below 0.618"]
    ],
    "notes": [],
    "policies": [
      [
        "file": "policies/access.lua", "line": 12, "name": "lifetime_seconds", "value": "1800",
        "comment": "Lifetime of an access token.", "who_may_change_this": "the council of citizens, by vote",
      ]
    ],
    "near_misses": [
      [
        "file": "plugins/access/plugin.lua", "line": 31, "text": "step.below 0.382 <= level 0.4477",
        "short_by": .double(0.0657),
      ]
    ],
    "cut": false,
  ]
}
