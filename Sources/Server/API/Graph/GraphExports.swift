internal import Citizens
internal import Core
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import TrustGraph

extension Endpoint {
  /// The whole trust graph as text, a route for each format.
  static func graphExports(_ graph: LiveGraph) -> [Endpoint] {
    GraphExport.Format.allCases.map { format in
      Endpoint(
        .get, "/v1/graph/export.\(format.rawValue)", name: format.operationName,
        summary: "The whole trust graph as \(format.title)", needsOperator: true,
        answer: Answer(
          "The graph of this moment", mediaType: format.mediaType, schema: APISchemas.text,
          example: .string(GraphExport(GraphExamples.snapshot, as: format).text))
      ) { _, _ in format.response(graph.snapshot) }
    }
  }
}

extension GraphExport.Format {
  fileprivate var operationName: String {
    switch self {
    case .graphml: "exportGraphML"
    case .gexf: "exportGEXF"
    case .csv: "exportGraphCSV"
    }
  }

  fileprivate var title: String {
    switch self {
    case .graphml: "GraphML"
    case .gexf: "GEXF"
    case .csv: "CSV, as it is imported"
    }
  }

  fileprivate var mediaType: String {
    switch self {
    case .graphml: "application/graphml+xml"
    case .gexf: "application/gexf+xml"
    case .csv: "text/csv; charset=utf-8"
    }
  }

  /// Sends piece by piece, as fast as the other end takes it.
  fileprivate func response(_ snapshot: TrustSnapshot) -> Response {
    let body = ResponseBody { writer in
      for piece in GraphExport(snapshot, as: self) { try await writer.write(ByteBuffer(string: piece)) }
      try await writer.finish(nil)
    }
    var response = Response(status: .ok, body: body)
    response.headers.set("content-type", mediaType)
    return response
  }
}
