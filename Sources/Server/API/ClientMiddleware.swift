internal import Hummingbird

/// Tells the handlers whose request it is, before anybody counts or notes it.
struct ClientMiddleware: RouterMiddleware {
  /// The peers whose word on their clients counts.
  var proxies: TrustedProxies

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    guard let name = proxies.fieldName else { return try await next(request, context) }
    var context = context
    context.client = proxies.client(of: context.client, request.headers.values(name))
    return try await next(request, context)
  }
}
