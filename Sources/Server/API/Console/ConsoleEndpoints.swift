package import Console
internal import Core
internal import Hummingbird
internal import Logging
internal import Tokens

extension Endpoint {
  /// The console: a page for operators, and the token it works with.
  package static func console(_ access: ConsoleAccess) -> [Endpoint] {
    [
      Endpoint(
        .get, "/console", name: "getConsole", summary: "A page to look at the host, reload and roll back",
        answer: Answer(
          "HTML that loads nothing else", mediaType: ConsolePage.mediaType, schema: APISchemas.text,
          example: "<!doctype html>…")
      ) { _, _ in page },
      Endpoint(
        .post, "/v1/console/session", name: "openConsole",
        summary: "An operator's token for the code in the link that `cascade serve` printed; good once",
        body: (codeSchema, ["code": example]),
        answer: Answer(
          "The token, for the page alone", schema: tokenSchema,
          example: ["access_token": "eyJ….….…", "token_type": "Bearer", "expires_in": 28_800]),
        problems: [.malformedRequest, .unauthorized]
          + [.invalidInput]
      ) { request, context in
        guard let code = try await request.json()["code"]?.string, (1...128).contains(code.utf8.count) else {
          throw ProblemDocument(
            .invalidInput, "'code' must be a text of 1 to 128 bytes")
        }
        guard let token = try await access.redeem(code) else {
          context.logger.notice("a code for the console is refused")
          throw ProblemDocument(
            .unauthorized, "the code was used, is over or wrong; `cascade token operator` prints a token",
            headers: [("www-authenticate", #"Bearer realm="cascade""#)])
        }
        return Response(json: [
          "access_token": .string(token.text), "token_type": "Bearer", "expires_in": .integer(token.expiresInSeconds),
        ])
      },
    ]
  }

  private static var page: Response {
    var response = Response(bytes: ConsolePage.bytes, mediaType: ConsolePage.mediaType)
    for (name, value) in ConsolePage.headers { response.headers.set(name, value) }
    return response
  }

  private static let example: JSON = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
  private static let codeSchema = APISchemas.record(
    JSON.Object([("code", ["type": "string", "minLength": 1, "maxLength": 128])]), isOpen: true)
  private static let tokenSchema = APISchemas.record(
    JSON.Object([
      ("access_token", APISchemas.text), ("token_type", ["const": "Bearer"]),
      ("expires_in", ["type": "integer", "minimum": 1, "description": "seconds"]),
    ]))
}
