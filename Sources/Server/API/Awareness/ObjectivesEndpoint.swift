package import Core
internal import Hummingbird

extension Endpoint {
  /// How much is left of what the rules promise. `report` is ``BudgetWatch/report(_:_:at:)``'s JSON; nil when nothing
  /// is promised.
  package static func objectives(_ report: @escaping @Sendable () async -> JSON?) -> Endpoint {
    Endpoint(
      .get, "/v1/objectives", name: "getObjectives",
      summary: "The budgets of the objectives, as far as this host has seen: what is left, and what burns too fast",
      needsOperator: true,
      answer: Answer(
        "The budgets now", schema: APISchemas.reference("Objectives"), example: ObjectivesSchemas.example),
      problems: [.notFound]
    ) { _, _ in
      guard let report = await report() else {
        throw ProblemDocument(.notFound, "the rulebook promises nothing: it has no awareness.objectives")
      }
      return Response(json: report)
    }
  }
}

/// The JSON Schemas of budgets.
enum ObjectivesSchemas {
  /// All components by name.
  static let all: [(name: String, value: JSON)] = [("Objectives", objectives)]

  private static let objectives = APISchemas.record(
    JSON.Object([
      ("days", ["type": ["integer", "null"], "description": "over so many an objective is kept"]),
      ("seconds", ["type": ["integer", "null"], "description": "how long this host has watched, of those days"]),
      ("budgets", APISchemas.list(budget)), ("holds_activation", ["type": ["string", "null"]]),
      ("problem", ["type": ["string", "null"]]),
    ]))

  private static let budget = APISchemas.record(
    JSON.Object([
      ("point", APISchemas.text), ("objective", ["enum": ["availability", "latency"]]),
      ("budget", ["type": "number", "description": "the share that may go wrong"]),
      ("runs", APISchemas.count), ("bad", APISchemas.count),
      ("left", ["type": ["number", "null"], "description": "of the budget; below 0 it is overspent"]),
      ("burns", APISchemas.list(burn)),
    ]))

  private static let burn = APISchemas.record(
    JSON.Object([
      ("factor", ["type": "number"]), ("long", APISchemas.text), ("short", APISchemas.text),
      ("severity", APISchemas.text),
    ]))

  /// One promise, a tenth of whose budget is used up.
  static let example: JSON = [
    "days": 30, "seconds": 86_400,
    "budgets": [
      [
        "point": "bridge.quote", "objective": "availability", "budget": .double(0.001), "runs": 10_000, "bad": 1,
        "left": .double(0.9), "burns": [],
      ]
    ],
    "holds_activation": .null, "problem": .null,
  ]
}
