internal import Console
internal import Core
internal import Hummingbird

/// Makes an operator's request of one that carries the console's session: the cookie and the page's half, joined.
///
/// The session is taken on the routes that the console uses and nowhere else, and never beside `Authorization`, so that
/// no page of another origin, whose requests carry the cookie alone, and no copy of the page's half gets anywhere.
struct ConsoleSession: RouterMiddleware {
  /// Where it is taken.
  var routes: ConsoleRoutes

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    guard let page = request.headers.value(ConsoleCookie.pageField) else { return try await next(request, context) }
    // Elsewhere it is as if nobody had sent it.
    guard routes.has(request.method, request.uri.path) else { return try await next(request, context) }
    if request.headers.value("authorization") != nil {
      throw ProblemDocument(.malformedRequest, "a request carries the console's session or Authorization, not both")
    }
    let tokens = ConsoleCookie.values(in: request.headers).compactMap { CutToken.joined(cookie: $0, page: page) }
    // What of several is the one is told by the token's own form.
    guard let token = tokens.first(where: Self.isToken) else {
      throw ProblemDocument(.invalidToken, "the console's session is over; open it by a new link or a token")
    }
    var head = request.head
    head.headerFields.set("authorization", "Bearer " + token)
    return try await next(Request(head: head, body: request.body), context)
  }

  private static func isToken(_ text: String) -> Bool {
    text.utf8.count { $0 == UInt8(ascii: ".") } == 2 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }
}
