internal import Core
internal import Hummingbird

/// Gives every request an id, before anybody answers, counts or notes it, and names it in the answer.
struct CorrelationMiddleware: RouterMiddleware {
  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    let correlation = Correlation(request.headers)
    var response = try await Correlation.$current.withValue(correlation) { try await next(request, context) }
    if let id = correlation.id { response.headers.set(Correlation.idField, id.description) }
    if let trace = correlation.trace { response.headers.set(Correlation.traceField, trace.description) }
    return response
  }
}
