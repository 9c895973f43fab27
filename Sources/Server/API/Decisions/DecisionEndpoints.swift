internal import Core
internal import Decisions
internal import Hummingbird

extension Endpoint {
  /// What the rulebook that serves can be asked.
  static func decisions(_ control: any HostControl) -> [Endpoint] {
    [
      Endpoint(
        .get, "/v1/decisions", name: "listDecisions", summary: "Every decision with its schemas",
        answer: Answer(
          "The decisions by name", schema: APISchemas.reference("Decisions"),
          example: list([APIExamples.decision]))
      ) { _, _ in Response(json: list(control.decisions)) },
      Endpoint(
        .get, "/v1/decisions/{point}", name: "getDecision", summary: "One decision with its schemas",
        parameters: [
          Parameter("point", in: .path, "The decision's name, such as tier.assign", schema: APISchemas.text)
        ],
        answer: Answer(
          "The decision", schema: APISchemas.reference("Decision"), example: APIExamples.decision.json),
        problems: [.unknownDecision, .malformedRequest]
      ) { _, context in
        let point = try context.pathParameter("point")
        guard let decision = control.decisions.first(where: { $0.name == point }) else {
          throw ProblemDocument(
            .unknownDecision, "no plugin offers '\(point)'")
        }
        return Response(json: decision.json)
      },
    ]
  }

  private static func list(_ decisions: [DecisionDescription]) -> JSON {
    ["decisions": .array(decisions.map(\.json))]
  }
}
