package import Console
internal import Core
internal import Hummingbird
internal import Logging
internal import Tokens

extension Endpoint {
  /// The console: its pages and their files, and the session that they work with. `operators` tells whose token opens
  /// it beside the code.
  package static func console(_ access: ConsoleAccess, operators: OperatorGuard) -> [Endpoint] {
    [
      page("/console", name: "getConsole", "The console's first page: what happens now") { _ in "now.html" },
      page(
        "/console/{page}", name: "getConsolePage",
        "A page of the console: \(ConsoleFiles.pages.joined(separator: ", "))"
      ) { context in ConsoleFiles.pages.first { $0.isSame(as: context) }.map { $0 + ".html" } },
      page("/console/assets/{file}", name: "getConsoleAsset", "A script or a style of the console") { file in
        file.ends(with: ".html") ? nil : file
      },
      open(access, operators),
      close,
    ]
  }

  private static func page(
    _ path: String, name: String, _ summary: String, _ file: @escaping @Sendable (String) -> String?
  ) -> Endpoint {
    let parameter = path.pieces(at: "{").dropFirst().first.map { String($0.unicodeScalars.dropLast()) }
    var endpoint = Endpoint(
      .get, path, name: name, summary: summary,
      parameters: parameter.map { [Parameter($0, in: .path, "Its name", schema: APISchemas.text)] } ?? [],
      takesAnyQuery: true,
      answer: Answer(
        "What the program was built with; it asks nothing of any other origin", mediaType: "text/html; charset=utf-8",
        schema: APISchemas.text, example: "<!doctype html>…"),
      problems: parameter == nil ? [] : [.notFound, .malformedRequest]
    ) { request, context in
      let asked = try parameter.map { parameter throws(ProblemDocument) in try context.pathParameter(parameter) } ?? ""
      guard let found = file(asked).flatMap({ ConsoleFiles.file($0) }) else {
        throw ProblemDocument.nothing(at: request.uri.path)
      }
      return response(found, ifNoneMatch: request.headers.value("if-none-match"))
    }
    endpoint.isCacheable = true
    return endpoint
  }

  /// The file, unless the reader has it. It may be kept, and is asked for again each time.
  private static func response(_ file: ConsoleFiles.File, ifNoneMatch known: String?) -> Response {
    let isKnown = known?.pieces(at: ",").contains { String($0.trimmed).isSame(as: file.entityTag) } ?? false
    var response =
      isKnown ? Response(status: .notModified) : Response(bytes: file.bytes, mediaType: file.mediaType)
    for (name, value) in ConsoleFiles.headers { response.headers.set(name, value) }
    response.headers.set("etag", file.entityTag)
    response.headers.set("cache-control", "no-cache")
    return response
  }

  private static func open(_ access: ConsoleAccess, _ operators: OperatorGuard) -> Endpoint {
    Endpoint(
      .post, "/v1/console/session", name: "openConsole",
      summary: "Opens the console for the code in the link that `cascade serve` printed, good once, or with an "
        + "operator's token in `Authorization`",
      body: (codeSchema, ["code": example]),
      answer: Answer(
        "The page's half of the session; the other half is the cookie that comes with it", schema: sessionSchema,
        example: ["session": "k0G7….…", "expires_in": 28_800]),
      problems: [.malformedRequest, .unauthorized, .invalidToken, .invalidInput]
    ) { request, context in
      let (authority, origin) = (request.head.authority, request.headers.value("origin"))
      guard let isSecure = ConsoleCookie.isSecure(origin: origin, authority: authority) else {
        throw ProblemDocument(.forbidden, "beyond this machine the console is opened over HTTPS only")
      }
      let (token, seconds) = try await token(request, context, access, operators)
      let halves = CutToken.cut(token)
      var response = Response(json: ["session": .string(halves.page), "expires_in": .integer(seconds)])
      response.headers.set("set-cookie", ConsoleCookie.field(halves.cookie, seconds: seconds, isSecure: isSecure))
      return response
    }
  }

  /// The token that a session is made of, and how many seconds it has.
  private static func token(
    _ request: Request, _ context: APIContext, _ access: ConsoleAccess, _ operators: OperatorGuard
  ) async throws -> (String, Int64) {
    if let authorization = request.headers.value("authorization") {
      let seconds = try operators.secondsLeft(authorization)
      return (BearerToken.token(in: authorization).map { String($0) } ?? "", seconds)
    }
    guard let code = try await request.json()["code"]?.string, (1...128).contains(code.utf8.count) else {
      throw ProblemDocument(.invalidInput, "'code' must be a text of 1 to 128 bytes")
    }
    guard let minted = try await access.redeem(code) else {
      context.logger.notice("a code for the console is refused")
      throw ProblemDocument(
        .unauthorized, "the code was used, is over or wrong; `cascade token operator` prints a token",
        headers: [("www-authenticate", #"Bearer realm="cascade""#)])
    }
    return (minted.text, minted.expiresInSeconds)
  }

  /// The page forgets its half, and this ends the cookie's.
  private static var close: Endpoint {
    Endpoint(
      .delete, "/v1/console/session", name: "closeConsole", summary: "Ends the console's cookie",
      answer: Answer(
        "The session is over in this browser", schema: APISchemas.record(JSON.Object([("closed", ["const": true])])),
        example: ["closed": true])
    ) { request, _ in
      var response = Response(json: ["closed": true])
      let isSecure = ConsoleCookie.isSecure(
        origin: request.headers.value("origin"), authority: request.head.authority)
      response.headers.set("set-cookie", ConsoleCookie.field("", seconds: 0, isSecure: isSecure ?? true))
      return response
    }
  }

  private static let example: JSON = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
  private static let codeSchema = APISchemas.record(
    JSON.Object([("code", ["type": "string", "minLength": 1, "maxLength": 128])]), isOpen: true)
  private static let sessionSchema = APISchemas.record(
    JSON.Object([
      ("session", ["type": "string", "description": "goes into X-Cascade-Session with every request"]),
      ("expires_in", ["type": "integer", "minimum": 1, "description": "seconds"]),
    ]))
}
