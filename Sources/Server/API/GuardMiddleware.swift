internal import Core
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Refuses foreign hosts and origins and too large bodies, before any handler runs.
struct GuardMiddleware: RouterMiddleware {
  /// Whose requests are answered.
  var policy: HostAndOriginPolicy
  /// How many bytes a body may have.
  var bodies: BodyLimits

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    let origin = request.headers.value("origin")
    if let refusal = policy.refusal(host: request.head.authority, origin: origin) {
      throw ProblemDocument(.forbidden, refusal)
    }
    let path = request.uri.path
    if RequestTarget.lacksName(path) { throw ProblemDocument.nothing(at: path) }
    var request = request
    // What announces its length is refused before a byte is read; the rest while it is read.
    let length = request.headers.value("content-length").map { Int($0) ?? .max } ?? 0
    let readsBody = request.method != .get && request.method != .head
    if length > 0 || readsBody {
      let bodyBytes = bodies.bytes(request.method.rawValue, request.uri.path)
      if length > bodyBytes { throw ProblemDocument(.bodyTooLarge, "the body is over \(bodyBytes) bytes") }
      if readsBody { try await readBody(of: &request, upTo: bodyBytes) }
    }
    return try await next(request, context)
  }

  /// Whatever is wrong with what a client sends is the client's fault: a chunk that is none, a body that ends too
  /// early, a connection that is gone.
  private func readBody(of request: inout Request, upTo bodyBytes: Int) async throws {
    do {
      _ = try await request.collectBody(upTo: bodyBytes)
    } catch is NIOTooManyBytesError {
      throw ProblemDocument(.bodyTooLarge, "the body is over \(bodyBytes) bytes")
    } catch let error as CancellationError {
      throw error
    } catch let problem as ProblemDocument {
      throw problem
    } catch {
      throw ProblemDocument(.malformedRequest, "the body can't be read to its end")
    }
  }
}
