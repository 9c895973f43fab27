package import Citizens
internal import Core
internal import Hummingbird
internal import TrustGraph

extension Endpoint {
  /// The trust graph: measurements, figures, windows to draw, and taking relationships.
  package static func graph(_ graph: LiveGraph, measurements: Measurements, moves: TrustMoves) -> [Endpoint] {
    let handlers = GraphHandlers(graph: graph, measurements: measurements, moves: moves)
    let invalid = WireCode.invalidInput
    return [
      Endpoint(
        .get, "/v1/citizens/{name}/measurement", name: "getMeasurement",
        summary: "A citizen's measurement, made now by the rulebook's consciousness.measure",
        parameters: [citizen],
        answer: Answer(
          "The measurement: what the rule answers, with its level and what that is made of",
          schema: APISchemas.reference("Measurement"), example: GraphExamples.measurement),
        problems: [.unknownCitizen, .unavailable, .malformedRequest]
          + [.runtime, .invalidOutput, .deadline, .fuelExhausted, .memoryExhausted]
      ) { _, context in try await handlers.measurement(of: context.pathParameter("name")) },
      Endpoint(
        .get, "/v1/graph/stats", name: "getGraphStats", summary: "The whole trust graph in figures",
        parameters: [neutral],
        answer: Answer(
          "The figures", schema: APISchemas.reference("GraphStats"),
          example: GraphExamples.snapshot.network(neutral: TrustScale.unrecorded)),
        problems: [invalid]
      ) { request, _ in try handlers.stats(request) },
      Endpoint(
        .get, "/v1/graph/window/{name}", name: "getGraphWindow",
        summary: "A citizen and those nearest, with what stands between them, to be drawn",
        parameters: [
          citizen, neutral,
          Parameter(
            "nodes", in: .query, "How many citizens at most; as many as the measurement looks at when it is left out",
            schema: ["type": "integer", "minimum": 1, "maximum": .integer(Int64(GraphQueryLimits.windowNodes))]),
        ],
        answer: Answer(
          "Nodes, nearest first, and edges by their places", schema: APISchemas.reference("GraphWindow"),
          example: GraphExamples.window),
        problems: [.unknownCitizen, .malformedRequest, invalid]
      ) { request, context in try await handlers.window(of: context.pathParameter("name"), request) },
      Endpoint(
        .post, "/v1/graph/relationships", name: "addRelationships",
        summary: "Adds or renews relationships, all or none; of a pair the newest lastInteraction stays",
        needsOperator: true,
        body: (APISchemas.reference("Relationships"), GraphExamples.relationships),
        answer: Answer(
          "How many were looked at, and what the graph is now", schema: APISchemas.reference("GraphChange"),
          example: GraphHandlers.taken(GraphExamples.rows, GraphExamples.snapshot)),
        problems: [.malformedRequest, .unavailable]
          + [invalid, .conflict]
      ) { request, context in try await handlers.take(request, context) },
    ] + [interactions(handlers), citizens(graph)] + graphExports(graph)
  }

  /// How many names are listed at most.
  private static let listedNames = 200

  private static func citizens(_ graph: LiveGraph) -> Endpoint {
    Endpoint(
      .get, "/v1/graph/citizens", name: "listCitizens",
      summary: "Citizens of the trust graph, those with the most relationships first", needsOperator: true,
      parameters: [
        Parameter("prefix", in: .query, "Only names that begin so, in lower or upper case", schema: APISchemas.text)
      ],
      answer: Answer(
        "The first \(listedNames) of them", schema: APISchemas.reference("GraphCitizens"),
        example: ["citizens": [["name": "anna", "relationships": 3]]])
    ) { request, _ in
      let prefix = request.uri.queryParameters["prefix"].map { $0.lowercased() } ?? ""
      let snapshot = graph.snapshot
      let nodes = (0..<snapshot.nodeCount).filter { snapshot.name(of: $0).lowercased().begins(with: prefix) }
      let first = nodes.map { (node: $0, degree: snapshot.degree(of: $0)) }.sorted {
        ($1.degree, $0.node) < ($0.degree, $1.node)
      }.prefix(listedNames)
      let list = first.map { node, degree -> JSON in
        ["name": .string(snapshot.name(of: node)), "relationships": .integer(Int64(degree))]
      }
      return Response(json: ["citizens": .array(list)])
    }
  }

  private static func interactions(_ handlers: GraphHandlers) -> Endpoint {
    Endpoint(
      .post, "/v1/graph/interactions", name: "addInteraction",
      summary: "Moves the trust between two citizens after an event, by the rulebook's trust.update",
      needsOperator: true,
      body: (APISchemas.reference("Interaction"), GraphExamples.interaction),
      answer: Answer(
        "The trust before and after, null when none was recorded", schema: APISchemas.reference("TrustMove"),
        example: GraphHandlers.answer("alice", "bruno", GraphExamples.move)),
      problems: [.malformedRequest, .unavailable]
        + [
          .invalidInput, .conflict, .runtime, .invalidOutput, .refused, .deadline, .fuelExhausted,
          .memoryExhausted,
        ]
    ) { request, context in try await handlers.interact(request, context) }
  }

  private static let citizen = Parameter("name", in: .path, "The citizen's username", schema: APISchemas.text)
  private static let neutral = Parameter(
    "neutral", in: .query, "The trust that a pair without a recorded one counts as; 50 when it is left out",
    schema: ["type": "number", "minimum": 0, "maximum": 100])
}
