internal import Core
internal import Cryptography
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
      ) { _, _ in ConsolePage.response },
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
        guard let token = try access.redeem(code) else {
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

  private static let example: JSON = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
  private static let codeSchema = APISchemas.record(
    JSON.Object([("code", ["type": "string", "minLength": 1, "maxLength": 128])]), isOpen: true)
  private static let tokenSchema = APISchemas.record(
    JSON.Object([
      ("access_token", APISchemas.text), ("token_type", ["const": "Bearer"]),
      ("expires_in", ["type": "integer", "minimum": 1, "description": "seconds"]),
    ]))
}

/// The console's page: one file, with its script and style in it.
enum ConsolePage {
  static let mediaType = "text/html; charset=utf-8"

  /// Nothing runs and nothing is drawn but what stands in the page, by its hash (CSP level 3); it speaks to this port
  /// alone, and no other page frames it.
  static let policy: String = [
    "default-src 'none'", "connect-src 'self'", "script-src '\(hash(of: "script"))'",
    "style-src '\(hash(of: "style"))'",
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
  ].joined(separator: "; ")

  static var response: Response {
    var response = Response(bytes: PackageResources.console_html, mediaType: mediaType)
    response.headers.set("content-security-policy", policy)
    response.headers.set("referrer-policy", "no-referrer")
    response.headers.set("cross-origin-opener-policy", "same-origin")
    return response
  }

  /// `sha256-…` of what stands between the tags of this name.
  private static func hash(of tag: String) -> String {
    let page = String(decoding: PackageResources.console_html, as: UTF8.self)
    guard let start = page.firstRange(of: "<\(tag)>")?.upperBound,
      let end = page[start...].firstRange(of: "</\(tag)>")?.lowerBound
    else { return "none" }
    let text = Base64URL.text(SHA256.hash(Array(page[start..<end].utf8)))
    return "sha256-" + text.replacing("-", with: "+").replacing("_", with: "/") + "="
  }
}
