internal import Citizens
internal import Core
internal import Hummingbird
internal import Logging
internal import Tokens

/// Tells which citizen asks: `Authorization: Bearer …` with an access token.
struct CitizenGuard: Sendable {
  /// Who knows the tokens.
  var authentication: CitizenAuthentication

  /// The username of the citizen who asks. Throws `invalid_token` when there is no token, or it doesn't hold. O(bytes)
  /// and one verification.
  func citizen(_ request: Request, _ context: APIContext) throws(ProblemDocument) -> String {
    do throws(AuthenticationRefusal) {
      let token = try authentication.verify(try AuthenticationHandlers.bearer(request))
      guard let subject = token.subject, !subject.isEmpty else { throw .invalidToken("the token speaks of nobody") }
      Correlation.current?.identify(as: StreamViewer.citizenPrefix + subject)
      return subject
    } catch {
      if case .invalidToken(let reason) = error {
        context.logger.info("somebody is not let in", metadata: ["reason": "\(reason)"])
      }
      throw ProblemDocument(error)
    }
  }

  /// The same, and nil for a request without `Authorization`.
  func citizenIfAny(_ request: Request, _ context: APIContext) throws(ProblemDocument) -> String? {
    request.headers.value("authorization") == nil ? nil : try citizen(request, context)
  }
}
