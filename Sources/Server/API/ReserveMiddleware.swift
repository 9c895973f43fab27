internal import Core
internal import Hummingbird

/// On a connection that was let in on the reserve, answers health checks and operators only.
struct ReserveMiddleware: RouterMiddleware {
  /// The connections of the port.
  var places: ConnectionPlaces
  /// Tells operators, who are answered, from others.
  var operators: OperatorGuard

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    if places.isReserved(context.connection), !Self.isHealthCheck(request.uri.path),
      operators.refusal(request.headers.value("authorization")) != nil
    {
      throw ConnectionPlaces.refusal
    }
    return try await next(request, context)
  }

  private static func isHealthCheck(_ path: String) -> Bool {
    path == "/health" || path.rest(behind: "/health/") != nil
  }
}
