internal import Core
package import Decisions
internal import Hummingbird
internal import Logging

extension Endpoint {
  /// Why recorded decisions came out as they did, for operators.
  package static func explanations(_ explainer: RecordExplainer) -> [Endpoint] {
    [
      Endpoint(
        .get, "/v1/records/{id}/explanation", name: "explainRecord",
        summary: "Why a decision came out as it did: it is run again and watched", needsOperator: true,
        parameters: [
          Parameter(
            "id", in: .path, "The decision's id; of one with effects, its idempotency key", schema: APISchemas.text),
          Parameter(
            "as", in: .query,
            "What is told: why it came out so, every call (tree), every line (lines), or what would have had to be "
              + "different (counter); why when it is left out",
            schema: ["enum": .array(Explainer.View.allCases.map { .string($0.rawValue) })]),
        ],
        answer: Answer(
          "The explanation of the run that is recorded; of another one there is none",
          schema: APISchemas.reference("Explanation"), example: HistoryExamples.explanation),
        problems: [.malformedRequest, .notFound, .refused, .unavailable, .invalidInput]
      ) { request, context in try await explain(explainer, request, context) }
    ]
  }

  private static func explain(
    _ explainer: RecordExplainer, _ request: Request, _ context: APIContext
  ) async throws -> Response {
    let text = try context.pathParameter("id")
    var view = Explainer.View.why
    if let name = request.uri.queryParameters["as"] {
      guard let named = Explainer.View(rawValue: String(name)) else {
        let names = Explainer.View.allCases.map(\.rawValue).joined(separator: ", ")
        throw ProblemDocument(.invalidInput, "as has no '\(VisibleText.line(String(name)))'; there are \(names)")
      }
      view = named
    }
    let missing = ProblemDocument(.notFound, "there is no record '\(VisibleText.line(text))'")
    guard let id = Identifier(text) else { throw missing }
    do {
      guard let found = try await explainer.explain(id, as: view) else { throw missing }
      switch found {
      case .success(let explanation): return Response(json: explanation.json(view))
      case .failure(let reason): throw ProblemDocument(refused: "not_explained", reason.text)
      }
    } catch let problem as ProblemDocument {
      throw problem
    } catch is RecordExplainer.Busy {
      throw ProblemDocument(
        .unavailable, "\(RecordExplainer.limit) explanations are being made already; try again",
        headers: [("retry-after", "1")])
    } catch {
      context.logger.error("a record can't be explained", metadata: ["error": "\(error)"])
      throw ProblemDocument(.unavailable, "the record can't be read; the server's log says why")
    }
  }
}
