internal import Core
internal import Governance

/// The JSON Schemas of governance.
enum GovernanceSchemas {
  /// All components by name.
  static let all: [(name: String, value: JSON)] = [
    ("Governance", governance), ("Proposals", proposals), ("Proposal", proposal), ("FinishedProposal", finished),
    ("NewProposal", newProposal), ("Envelope", envelope),
  ]

  private static let digest: JSON = ["type": "string", "pattern": "^sha256:[0-9a-f]{64}$"]
  private static let object: JSON = ["type": "object"]
  private static let flag: JSON = ["type": "boolean"]

  private static let envelope = APISchemas.record(
    JSON.Object([
      ("payload", ["type": "string", "description": "base64, standard or URL-safe"]), ("payloadType", APISchemas.text),
      (
        "signatures",
        [
          "type": "array", "maxItems": .integer(Int64(GovernanceLimits.signatures)),
          "items": APISchemas.record(
            JSON.Object([("keyid", APISchemas.text), ("sig", APISchemas.text)]), optional: ["keyid"], isOpen: true),
        ]
      ),
    ]), isOpen: true)

  private static let newProposal = APISchemas.record(
    JSON.Object([
      ("envelope", APISchemas.reference("Envelope")),
      (
        "files",
        [
          "type": "object", "additionalProperties": APISchemas.text,
          "description": "every file of the rulebook by its path; none for a root",
        ]
      ),
    ]), optional: ["files"])

  private static let proposal = APISchemas.record(
    JSON.Object([
      ("proposal", digest), ("state", ["enum": ["proposed", "approved", "ready"]]),
      ("class", ["enum": .array(ChangeClass.allCases.map { .string($0.rawValue) })]), ("title", APISchemas.text),
      ("signed_by", APISchemas.list(APISchemas.text)), ("delay", APISchemas.text),
      ("remaining_seconds", APISchemas.count), ("sequence", APISchemas.count), ("digest", digest),
      ("envelope", APISchemas.reference("Envelope")),
    ]), optional: ["remaining_seconds", "sequence", "digest", "envelope"])

  private static let finished = APISchemas.record(
    JSON.Object([
      ("proposal", digest), ("state", ["enum": ["activated", "vetoed", "expired", "superseded", "invalid"]]),
      ("class", APISchemas.text), ("title", APISchemas.text), ("time", APISchemas.text), ("reason", APISchemas.text),
    ]))

  private static let proposals = APISchemas.record(
    JSON.Object([
      ("proposals", APISchemas.list(APISchemas.reference("Proposal"))),
      ("finished", APISchemas.list(APISchemas.reference("FinishedProposal"))),
    ]))

  private static let governance = APISchemas.record(
    JSON.Object([
      ("governed", flag), ("realm", APISchemas.text), ("root", object), ("first_root", digest),
      ("sequence", APISchemas.count), ("payload", digest), ("digest", digest), ("effective", digest), ("held", flag),
      (
        "history",
        APISchemas.list(APISchemas.record(JSON.Object([("sequence", APISchemas.count), ("digest", digest)])))
      ),
      ("emergencies", APISchemas.list(object)), ("freshness", object),
      ("proposals", APISchemas.list(APISchemas.reference("Proposal"))),
      ("finished", APISchemas.list(APISchemas.reference("FinishedProposal"))),
    ]),
    optional: [
      "realm", "root", "first_root", "sequence", "payload", "digest", "effective", "held", "history", "emergencies",
      "freshness",
      "proposals", "finished",
    ])
}

/// What the examples of governance are made of.
enum GovernanceExamples {
  private static let digest = JSON.string("sha256:" + String(repeating: "5e", count: 32))

  /// A host without a root.
  static let state: JSON = ["governed": false]
  /// An envelope whose signature signs nothing.
  static let envelope: JSON = [
    "payload": "e30=", "payloadType": .string(RulebookProposal.payloadType),
    "signatures": [["keyid": .string(String(repeating: "5e", count: 32)), "sig": "AAAA"]],
  ]
  /// A proposal as it is sent.
  static let proposal: JSON = ["envelope": envelope, "files": ["policies/fees.lua": "return { fee = 3 }\n"]]
  /// A proposal that waits for its delay.
  static let openProposal: JSON = [
    "proposal": digest, "state": "approved", "class": "policies", "title": "fee from 3 to 4",
    "signed_by": ["alice", "bob", "carol"], "delay": "PT24H", "remaining_seconds": 3_600, "sequence": 8,
    "digest": digest,
  ]
  /// What is proposed and what ended.
  static let proposals: JSON = [
    "proposals": [openProposal],
    "finished": [
      [
        "proposal": digest, "state": "vetoed", "class": "plugins", "title": "a new plugin",
        "time": "2026-11-29T16:00:00Z", "reason": "",
      ]
    ],
  ]
}
