internal import Core
internal import Hummingbird
internal import Logging

/// Writes a line for each request: who asked for what from where, and what came of it. Never the query, a field or a
/// body, in which secrets may stand.
struct AccessLog: RouterMiddleware {
  /// Where the lines go.
  var logger: Logger

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    let response = try await next(request, context)
    let microseconds = Int64((ContinuousClock.now - start) / .microseconds(1))
    logger.info(
      "\(request.method.rawValue) \(request.uri.path) \(response.status.code)",
      metadata: [
        "method": "\(request.method.rawValue)", "path": "\(request.uri.path)", "status": "\(response.status.code)",
        "from": "\(context.client.text)", "who": "\(Correlation.current?.caller ?? "")",
        "microseconds": "\(microseconds)",
      ])
    return response
  }
}
