internal import Core
internal import Decisions
internal import Hummingbird
internal import Rulebook

/// The OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.0) of a list of endpoints.
struct OpenAPIDocument {
  /// The endpoints that it describes.
  var endpoints: [Endpoint]
  /// The version of the API.
  var version: String

  /// The whole document. O(endpoints²).
  var json: JSON {
    var paths = JSON.Object()
    for endpoint in endpoints {
      var operations = paths[endpoint.path]?.object ?? JSON.Object()
      operations.append(endpoint.method.rawValue.lowercased(), operation(endpoint))
      paths[endpoint.path] = .object(operations)
    }
    return [
      "openapi": "3.1.0",
      "info": [
        "title": "Cascade", "version": .string(version),
        "summary": "The API port: what an operator and the world around the host ask of it.",
      ],
      "servers": [["url": "/"]],
      "paths": .object(paths),
      "components": [
        "schemas": APISchemas.all,
        "parameters": ["RequestID": Self.requestIDField, "Trace": Self.traceField],
        "headers": ["RequestID": Self.requestIDAnswer, "Trace": Self.traceAnswer],
        "securitySchemes": [
          "operator": [
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "What `cascade token operator` prints: a token with the scope operator.",
          ],
          "citizen": [
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "The access_token of `POST /v1/auth/token` or `/refresh`.",
          ],
        ],
      ],
    ]
  }

  private func operation(_ endpoint: Endpoint) -> JSON {
    var operation = JSON.Object()
    operation.append("operationId", .string(endpoint.name))
    operation.append("summary", .string(endpoint.summary))
    if let security = security(endpoint) { operation.append("security", security) }
    operation.append("parameters", .array(endpoint.parameters.map(parameter) + Self.common))
    if let body = endpoint.body {
      let content: JSON = ["application/json": ["schema": body.schema, "example": body.example]]
      operation.append("requestBody", ["required": .bool(!endpoint.isBodyOptional), "content": content])
    }
    operation.append("responses", .object(responses(endpoint)))
    return .object(operation)
  }

  private func security(_ endpoint: Endpoint) -> JSON? {
    if endpoint.needsOperator { return [["operator": []]] }
    switch endpoint.citizen {
    case .required: return [["citizen": []]]
    case .optional: return [["citizen": []], [:]]
    case nil: return nil
    }
  }

  private func parameter(_ parameter: Endpoint.Parameter) -> JSON {
    [
      "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
      "required": .bool(parameter.place != .query), "description": .string(parameter.summary),
      "schema": parameter.schema,
    ]
  }

  private func responses(_ endpoint: Endpoint) -> JSON.Object {
    let answer = endpoint.answer
    var responses = JSON.Object()
    responses.append(
      String(answer.status),
      [
        "description": .string(answer.summary), "headers": Self.answered,
        "content": .object(
          JSON.Object([(answer.mediaType, ["schema": answer.schema, "example": answer.example])])),
      ])
    if endpoint.isCacheable {
      responses.append("304", ["description": "It is what `If-None-Match` names still", "headers": Self.answered])
    }
    let byStatus = Dictionary(grouping: endpoint.allProblems) { ErrorStatus($0).number }
    for (status, codes) in byStatus.sorted(by: { $0.key < $1.key }) {
      responses.append(String(status), problem(codes))
    }
    return responses
  }

  private func problem(_ codes: [WireCode]) -> JSON {
    var examples = JSON.Object()
    for code in codes {
      let problem = ProblemDocument(
        code, "what happened and what to do",
        errors: code == .loadFailed ? [APIExamples.problem.problem] : [])
      examples[code.rawValue] = ["value": problem.json]
    }
    let titles = codes.map { ErrorStatus($0).title }
    let content: JSON = ["schema": APISchemas.reference("Problem"), "examples": .object(examples)]
    return [
      "description": .string(titles.joined(separator: "; ")), "headers": Self.answered,
      "content": .object(JSON.Object([("\(ProblemDocument.contentType)", content)])),
    ]
  }
}

extension Endpoint {
  /// `endpoints`, and behind them the one that describes them all and itself, with the decisions of `control`.
  static func described(_ endpoints: [Endpoint], version: String, _ control: any HostControl) -> [Endpoint] {
    var all = endpoints + [document { [] }]
    let described = DescribedDecisions(OpenAPIDocument(endpoints: all, version: version).json, control)
    all[endpoints.count] = document { described.bytes }
    return all
  }

  private static func document(_ bytes: @escaping @Sendable () -> [UInt8]) -> Endpoint {
    Endpoint(
      .get, "/openapi.json", name: "getDescription", summary: "This document",
      answer: Answer(
        "The OpenAPI document", schema: ["type": "object"], example: ["openapi": "3.1.0"])
    ) { _, _ in Response(bytes: bytes(), mediaType: "application/json") }
  }
}
