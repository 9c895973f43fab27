internal import Core
internal import Hummingbird
internal import Logging

/// Turns every failure into a problem, tells 405 from 404, and sets the fields every answer has.
struct ProblemMiddleware: RouterMiddleware {
  /// All routes, to know the methods of a path.
  var endpoints: [Endpoint]

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    var response: Response
    do {
      response = try await next(request, context)
    } catch {
      let problem = problem(for: error, request, context)
      response = Response(problem)
      if request.method == .head { response = response.createHeadResponse() }
    }
    // What may be kept says so itself.
    if response.headers.value("cache-control") == nil { response.headers.set("cache-control", "no-store") }
    response.headers.set("x-content-type-options", "nosniff")
    return response
  }

  private func problem(for error: any Error, _ request: Request, _ context: APIContext) -> ProblemDocument {
    switch error {
    case let problem as ProblemDocument: return problem
    case let error as HTTPError where error.status == .notFound: return missing(request)
    case let error as HTTPError where error.status.kind == .clientError:
      return ProblemDocument(.malformedRequest, error.body ?? "the request can't be read")
    case is CancellationError: return ProblemDocument(.unavailable, "the server is stopping")
    default:
      // The reader gets no more than that: an error's text may hold what isn't theirs.
      context.logger.error("a request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
      return ProblemDocument(.internal, "the request failed; the server's log says why")
    }
  }

  private func missing(_ request: Request) -> ProblemDocument {
    let methods = endpoints.filter { $0.matches(path: request.uri.path) }
      .flatMap { $0.method == .get ? ["GET", "HEAD"] : [$0.method.rawValue] }
    return methods.isEmpty ? .nothing(at: request.uri.path) : .knows(methods)
  }
}
