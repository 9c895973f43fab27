internal import Core
package import Decisions
internal import Hummingbird
internal import Logging
internal import Rulebook

extension Endpoint {
  /// Rules that decide along with those in force, for operators.
  package static func shadow(_ book: ShadowBook) -> [Endpoint] {
    let handlers = ShadowHandlers(book: book)
    func answer(_ summary: String) -> Answer {
      Answer(summary, schema: APISchemas.reference("Shadow"), example: ShadowSchemas.example)
    }
    var begin = Endpoint(
      .post, "/v1/shadow", name: "beginShadow",
      summary: "Lets other rules decide along, after each answer has left; nothing that they intend is done",
      needsOperator: true, body: (APISchemas.reference("NewShadow"), ShadowSchemas.order),
      answer: answer("The shadow, which goes on until its time is over or somebody ends it, also over a restart"),
      problems: [.loadFailed, .invalidInput, .malformedRequest, .refused, .unavailable]
    ) { request, context in try await handlers.begin(request, context) }
    begin.bodyBytes = BacktestLimits.requestBytes
    return [
      begin,
      Endpoint(
        .get, "/v1/shadow", name: "getShadow", summary: "The shadow under way, or the last one, with its report",
        needsOperator: true, answer: answer("How it stands"), problems: [.notFound]
      ) { _, _ in try handlers.shadow() },
      Endpoint(
        .delete, "/v1/shadow", name: "endShadow", summary: "Ends the shadow under way; its report stays",
        needsOperator: true, answer: answer("How it stood at its end"), problems: [.notFound]
      ) { _, _ in try await handlers.end() },
    ]
  }
}

/// What the routes of the shadow do.
struct ShadowHandlers: Sendable {
  /// The shadow of this host.
  var book: ShadowBook

  private static let none = ProblemDocument(.notFound, "there is no shadow on this host")

  /// `{"candidate","share","until"}`
  func begin(_ request: Request, _ context: APIContext) async throws -> Response {
    let body = try await request.json(limits: JSON.ParsingLimits(bytes: BacktestLimits.requestBytes))
    let order = try ShadowOrder(request: body)
    do {
      try await book.begin(order.candidate, share: order.share, lastingMilliseconds: order.lastingMilliseconds)
    } catch let refusal as ShadowBook.Refusal {
      throw ProblemDocument(refusal)
    } catch let error as RulebookRejected {
      throw ProblemDocument(error)
    } catch {
      context.logger.error("a shadow can't begin", metadata: ["error": "\(error)"])
      throw ProblemDocument(.unavailable, "the shadow can't begin; the server's log says why")
    }
    return try shadow()
  }

  /// The shadow as it stands now.
  func shadow() throws(ProblemDocument) -> Response {
    guard let json = book.json else { throw Self.none }
    return Response(json: json)
  }

  /// Ends it, and tells how it stood.
  func end() async throws(ProblemDocument) -> Response {
    guard await book.stop(), let json = book.json else { throw Self.none }
    return Response(json: json)
  }
}

/// A shadow that somebody asks for.
struct ShadowOrder {
  /// The rules that decide along.
  var candidate: BacktestCandidate
  /// One decision in so many.
  var share = 1
  /// How long; nil for as many decisions as a shadow may compare.
  var lastingMilliseconds: Int64?

  /// Reads `{"candidate","share":N,"until":"24h"}`. Throws what is wrong with it, by its field.
  init(request json: JSON) throws(ProblemDocument) {
    let fields = ["candidate", "share", "until"]
    guard let object = json.object else { throw ProblemDocument(.malformedRequest, "the body is no object") }
    for member in object.members where !fields.contains(member.name) {
      throw Self.invalid(
        "unknown field '\(VisibleText.line(member.name))'; there are \(fields.joined(separator: ", "))")
    }
    candidate = try BacktestCandidate(request: json["candidate"])
    let limits = ShadowLimits()
    if let value = json["share"], value != .null {
      let text = value.string?.rest(behind: "1/").flatMap { Int64($0) }
      guard let share = value.integer ?? text, (1...Int64(limits.share)).contains(share) else {
        throw Self.invalid("share wants one decision in how many: 1 to \(limits.share), got \(value.text)")
      }
      self.share = Int(share)
    }
    if let value = json["until"], value != .null {
      guard let lasting = value.string.flatMap(AgeText.milliseconds), lasting <= limits.lastingMilliseconds else {
        let days = limits.lastingMilliseconds / 86_400_000
        throw Self.invalid("until wants \(AgeText.form), at most \(days)d, got \(value.text)")
      }
      lastingMilliseconds = lasting
    }
  }

  private static func invalid(_ detail: String) -> ProblemDocument { ProblemDocument(.invalidInput, detail) }
}

/// The JSON Schemas of the shadow.
enum ShadowSchemas {
  /// All components by name.
  static let all: [(name: String, value: JSON)] = [("NewShadow", newShadow), ("Shadow", shadow)]

  private static let time: JSON = ["type": ["integer", "null"], "description": "milliseconds since 1970"]
  private static let digest: JSON = ["type": "string", "pattern": "^sha256:[0-9a-f]{64}$"]

  private static let newShadow = APISchemas.record(
    JSON.Object([
      ("candidate", HistorySchemas.candidate),
      ("share", ["type": ["integer", "string"], "description": "one decision in how many; N or 1/N"]),
      ("until", ["type": "string", "description": "how long it goes on: 24h, 7d"]),
    ]), optional: ["share", "until"])

  private static let shadow = APISchemas.record(
    JSON.Object([
      ("id", ["type": "string", "format": "uuid"]), ("state", ["enum": ["running", "resuming", "ended"]]),
      ("candidate", APISchemas.record(JSON.Object([("digest", digest)]))), ("share", APISchemas.count),
      ("begun", ["type": "integer"]), ("ends", time), ("ended", time),
      (
        "ending",
        ["enum": .array(ShadowPlan.Ending.allCases.map { JSON.string($0.rawValue) } + [JSON.null])]
      ),
      ("problem", ["type": ["string", "null"]]), ("pairs", APISchemas.count),
      ("dropped", ["type": "integer", "minimum": 0, "description": "decisions that came too fast to be compared"]),
      ("flips", APISchemas.count),
      (
        "below",
        [
          "type": ["string", "null"],
          "description": "3/pairs while nothing flipped: at most this share of all decisions does, with 95 % certainty",
        ]
      ),
      ("report", ["anyOf": [APISchemas.reference("BacktestReport"), ["type": "null"]]]),
    ]))

  static let order: JSON = [
    "candidate": ["files": ["policies/fees.lua": "return { fee = \"0.030\" }\n"]], "share": "1/10", "until": "24h",
  ]

  static let example: JSON = [
    "id": .string(HistoryExamples.id), "state": "running",
    "candidate": ["digest": .string("sha256:" + String(repeating: "5e", count: 32))], "share": 10,
    "begun": 1_700_000_000_000, "ends": 1_700_086_400_000, "ended": .null, "ending": .null, "problem": .null,
    "pairs": 1_204, "dropped": 0, "flips": 0, "below": "3/1204", "report": .null,
  ]
}
