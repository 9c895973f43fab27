internal import Core
internal import Hummingbird

/// Refuses foreign hosts and origins and too large bodies, before any handler runs.
struct GuardMiddleware: RouterMiddleware {
  /// Whose requests are answered.
  var policy: HostAndOriginPolicy
  /// Bytes of a body at most.
  var bodyBytes: Int
  /// Those with another limit.
  var exceptions: [Endpoint] = []

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    let origin = request.headers.value("origin")
    if let refusal = policy.refusal(host: request.head.authority, origin: origin) {
      throw ProblemDocument(.forbidden, refusal)
    }
    var request = request
    let exception = exceptions.first { $0.method == request.method && $0.matches(path: request.uri.path) }
    let bodyBytes = exception?.bodyBytes ?? bodyBytes
    // What announces its length is refused before a byte is read; the rest while it is read.
    let length = request.headers.value("content-length").map { Int($0) ?? .max } ?? 0
    if length > bodyBytes { throw ProblemDocument(.bodyTooLarge, "the body is over \(bodyBytes) bytes") }
    if request.method != .get && request.method != .head {
      _ = try await request.collectBody(upTo: bodyBytes)
    }
    return try await next(request, context)
  }
}
