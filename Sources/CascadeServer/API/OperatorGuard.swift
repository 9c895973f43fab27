internal import Hummingbird

/// Lets operators pass: `Authorization: Bearer …` (RFC 6750).
struct OperatorGuard: Sendable {
  /// What operators know.
  var token: OperatorToken

  /// Throws `unauthorized` when the request doesn't carry the token. O(length).
  func check(_ request: Request) throws(ProblemDocument) {
    guard let field = request.headers.value("authorization") else {
      throw ProblemDocument(
        .unauthorized, "this needs an operator's token; `cascade token operator` prints it",
        headers: [("www-authenticate", #"Bearer realm="cascade""#)])
    }
    let parts = field.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer", token.matches(Array(parts[1].utf8)) else {
      throw ProblemDocument(
        .unauthorized, "this is not the operator's token; `cascade token operator` prints it",
        headers: [("www-authenticate", #"Bearer realm="cascade", error="invalid_token""#)])
    }
  }
}
