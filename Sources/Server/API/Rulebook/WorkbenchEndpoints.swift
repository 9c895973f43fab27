internal import Core
package import Decisions
internal import Hummingbird
internal import Rulebook

extension Endpoint {
  /// What an author reads and tries: the rulebook's files, its generations, drafts, and questions without consequences.
  package static func workbench(_ workbench: RulebookWorkbench) -> [Endpoint] {
    [files(workbench), generations(workbench), check(workbench), evaluation(workbench)]
  }

  private static func files(_ workbench: RulebookWorkbench) -> Endpoint {
    Endpoint(
      .get, "/v1/rulebook/files", name: "getRulebookFiles", summary: "The files of the rulebook that serves, or served",
      needsOperator: true,
      parameters: [
        Parameter(
          "digest", in: .query, "Of which rulebook; the one that serves when it is left out", schema: APISchemas.text)
      ],
      answer: Answer(
        "The text of each file by its path", schema: APISchemas.reference("RulebookFiles"),
        example: WorkbenchExamples.files),
      problems: [.notFound, .unavailable]
    ) { request, _ in
      let digest = request.uri.queryParameters["digest"].map { String($0) }
      let found: RulebookSnapshot?
      do throws(StoreError) { found = try await workbench.files(digest) } catch { throw ProblemDocument(error) }
      guard let found else { throw ProblemDocument(.notFound, "no rulebook '\(digest ?? "")' is kept") }
      let files = found.files.sorted { $0.key < $1.key }.map { path, bytes in
        (name: path.text, value: JSON.string(String(decoding: bytes, as: UTF8.self)))
      }
      return Response(json: ["digest": .string(found.digest), "files": .object(JSON.Object(files))])
    }
  }

  private static func generations(_ workbench: RulebookWorkbench) -> Endpoint {
    Endpoint(
      .get, "/v1/rulebook/generations", name: "getGenerations",
      summary: "The generation that serves and those that a rollback can go to, newest first", needsOperator: true,
      answer: Answer(
        "Their numbers, digests and times", schema: APISchemas.reference("Generations"),
        example: WorkbenchExamples.generations)
    ) { _, _ in
      let list = workbench.generations.map { generation -> JSON in
        [
          "generation": .integer(Int64(generation.number)), "digest": .string(generation.digest),
          "activated_milliseconds": .integer(generation.activatedMilliseconds),
        ]
      }
      return Response(json: ["generations": .array(list)])
    }
  }

  private static func check(_ workbench: RulebookWorkbench) -> Endpoint {
    var endpoint = Endpoint(
      .post, "/v1/rulebook/checks", name: "checkRulebook",
      summary: "Checks a draft of the rulebook, and runs its specs with `specs`; nothing is changed",
      needsOperator: true,
      body: (APISchemas.reference("RulebookDraft"), WorkbenchExamples.draft),
      answer: Answer(
        "What is wrong with it, doubtful in it, and other numbers than those in force",
        schema: APISchemas.reference("RulebookCheck"), example: WorkbenchExamples.check),
      problems: [.malformedRequest, .invalidInput, .loadFailed, .unavailable]
    ) { request, _ in
      let body = try await DraftBody(request, members: ["files", "specs"])
      guard let check = await workbench.check(body.draft, runSpecs: body.json["specs"]?.bool ?? false) else {
        throw WorkbenchExamples.busy
      }
      return Response(json: check.json)
    }
    endpoint.bodyBytes = DraftBody.bytes
    return endpoint
  }

  private static func evaluation(_ workbench: RulebookWorkbench) -> Endpoint {
    Endpoint(
      .post, "/v1/evaluations", name: "evaluate",
      summary:
        "What the rules would answer, of now or, with `record`, with the host's answers of then; nothing is kept",
      needsOperator: true,
      body: (APISchemas.reference("Evaluation"), WorkbenchExamples.evaluation),
      answer: Answer(
        "The answer, or the error in its place", schema: ["type": "object"], example: WorkbenchExamples.evaluated),
      problems: [.malformedRequest, .invalidInput, .unavailable]
    ) { request, _ in
      let body = try await request.json()
      let known = ["point", "input", "record"]
      guard let members = body.object?.members, members.allSatisfy({ known.contains($0.name) }),
        let point = body["point"]?.string, let input = body["input"]
      else {
        throw ProblemDocument(
          .invalidInput, #"the body is {"point":"…","input":{…}}, and "record":"…" where one is meant"#)
      }
      let record = body["record"]?.string
      let id = record.flatMap { Identifier($0) }
      if record != nil, id == nil { throw ProblemDocument(.invalidInput, "record wants a record's id, a UUID") }
      do {
        guard let answer = try await workbench.evaluate(point, input, record: id) else { throw WorkbenchExamples.busy }
        return Response(json: answer)
      } catch let reason as HistoryReason {
        throw ProblemDocument(.invalidInput, reason.text)
      } catch let error as StoreError {
        throw ProblemDocument(error)
      }
    }
  }
}

/// A draft as it is sent: `{"files":{path:text|null}}`, and members beside it.
struct DraftBody {
  /// Bytes of a body at most: JSON makes more of a text than it is.
  static let bytes = 4 << 20

  let draft: RulebookDraft
  let json: JSON

  /// Reads the body, which has no members but `members`. Throws what is wrong with it.
  init(_ request: Request, members: [String]) async throws {
    let json = try await request.json(limits: JSON.ParsingLimits(bytes: Self.bytes))
    guard let object = json.object else { throw ProblemDocument(.malformedRequest, "the body is no object") }
    if let unknown = object.members.first(where: { !members.contains($0.name) }) {
      throw ProblemDocument(.invalidInput, "unknown member '\(VisibleText.line(unknown.name))'")
    }
    guard let texts = json["files"]?.object else {
      throw ProblemDocument(.invalidInput, "files is an object of paths and texts; null removes a file")
    }
    var files: [ExactText: [UInt8]?] = [:]
    for member in texts.members {
      if member.value == .null {
        files[ExactText(member.name)] = .some(nil)
      } else if let text = member.value.string {
        files[ExactText(member.name)] = Array(text.utf8)
      } else {
        throw ProblemDocument(.invalidInput, "\(VisibleText.line(member.name)) wants a text, or null to be removed")
      }
    }
    do throws(RulebookRejected) { draft = try RulebookDraft(files) } catch { throw ProblemDocument(error) }
    self.json = json
  }
}

extension RulebookCheck {
  /// `{"ok","digest","problems","doubts","numbers","specs"}`
  fileprivate var json: JSON {
    [
      "ok": .bool(problems.isEmpty), "digest": digest.map { .string($0) } ?? .null,
      "problems": .array(problems.map(\.problem)), "doubts": .array(doubts.map(\.problem)),
      "numbers": .array(
        numbers.map { ["name": .string($0.name), "old": $0.old ?? .null, "new": $0.new ?? .null] }),
      "specs": specs.flatMap { try? JSON(parsing: Array(SpecReport.json($0).utf8)) } ?? .null,
    ]
  }
}

/// Schemas of the workbench's bodies.
enum WorkbenchSchemas {
  /// All components by name.
  static let all: [(name: String, value: JSON)] = [
    ("RulebookFiles", record([("digest", APISchemas.text), ("files", texts)])),
    ("Generations", record([("generations", APISchemas.list(generation))])),
    ("RulebookDraft", record([("files", drafted), ("specs", ["type": "boolean"])], optional: ["specs"])),
    ("SavedRulebook", record([("files", drafted), ("base", APISchemas.text)])),
    ("RulebookCheck", check),
    (
      "Evaluation",
      record(
        [("point", APISchemas.text), ("input", ["type": "object"]), ("record", APISchemas.text)], optional: ["record"])
    ),
  ]

  private static func record(_ members: [(name: String, value: JSON)], optional: Set<String> = []) -> JSON {
    APISchemas.record(JSON.Object(members), optional: optional)
  }

  private static let texts: JSON = ["type": "object", "additionalProperties": APISchemas.text]
  private static let drafted: JSON = [
    "type": "object", "additionalProperties": ["type": ["string", "null"]],
    "description": "the files that are other ones by their paths; null removes one",
  ]
  private static let generation = record([
    ("generation", APISchemas.count), ("digest", APISchemas.text), ("activated_milliseconds", APISchemas.count),
  ])
  private static let problems = APISchemas.list(APISchemas.reference("RulebookProblem"))
  private static let check = record([
    ("ok", ["type": "boolean"]), ("digest", ["type": ["string", "null"]]), ("problems", problems), ("doubts", problems),
    ("numbers", APISchemas.list(record([("name", APISchemas.text), ("old", [:]), ("new", [:])]))),
    ("specs", ["type": ["object", "null"]]),
  ])
}

/// Examples of the workbench's bodies.
enum WorkbenchExamples {
  static let busy = ProblemDocument(
    .unavailable, "as many drafts and questions are being tried as there may be; try again",
    headers: [("retry-after", "1")])
  private static let digest = JSON.string("sha256:" + String(repeating: "5e", count: 32))
  static let files: JSON = ["digest": digest, "files": ["policies/fees.lua": "return { fee = \"0.025\" }\n"]]
  static let draft: JSON = ["files": ["policies/fees.lua": "return { fee = \"0.030\" }\n"], "specs": false]
  static let saved: JSON = ["files": ["policies/fees.lua": "return { fee = \"0.030\" }\n"], "base": digest]
  static let generations: JSON = [
    "generations": [["generation": 7, "digest": digest, "activated_milliseconds": 1_700_000_000_000]]
  ]
  static let check: JSON = [
    "ok": true, "digest": digest, "problems": [], "doubts": [],
    "numbers": [["name": "fees.fee", "old": "0.025", "new": "0.030"]], "specs": .null,
  ]
  static let evaluation: JSON = ["point": "tier.assign", "input": ["social_class": "Nobili"]]
  static let evaluated: JSON = ["answer": ["tier": "enterprise"], "fuel": 120, "digest": digest]
}
