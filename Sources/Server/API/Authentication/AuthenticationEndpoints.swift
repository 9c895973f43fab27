package import Citizens
package import Core
internal import Hummingbird

extension Endpoint {
  /// Signing in, for citizens: `POST /v1/auth/challenge`, `/token`, `/refresh`, `/logout`, `GET /v1/auth/me`.
  ///
  /// `rates`, which `limiter` counts, slow down who tries too often.
  package static func authentication(
    _ authentication: CitizenAuthentication, rates: AuthenticationRateLimits = AuthenticationRateLimits(),
    limiter: any RateLimiter = MemoryRateLimiter(limit: AuthenticationRateLimits.held)
  ) -> [Endpoint] {
    let handlers = AuthenticationHandlers(
      authentication: authentication, rates: AuthenticationRates(rates, limiter: limiter))
    func reading(_ token: CitizenToken, _ endpoint: Endpoint) -> Endpoint {
      var endpoint = endpoint
      endpoint.citizen = token
      return endpoint
    }
    let letsIn: [WireCode] =
      [.malformedRequest, .tooManyRequests, .unavailable]
      + DecisionErrorCode.allCases.filter { $0 != .unknownDecision && $0 != .forbidden }.map(\.wireCode)
    return [
      Endpoint(
        .post, "/v1/auth/challenge", name: "challengeCitizen",
        summary: "A nonce to sign, once, within five minutes; unknown names get one, too",
        body: (APISchemas.reference("ChallengeRequest"), AuthenticationExamples.challengeRequest),
        answer: Answer(
          "Sign `cascade-auth-v1`, issuer, username and nonce, line feeds between them, by Ed25519",
          schema: APISchemas.reference("Challenge"), example: AuthenticationExamples.challenge),
        problems: [.malformedRequest, .tooManyRequests]
          + [.invalidInput]
      ) { request, context in try await handlers.challenge(request, context) },
      Endpoint(
        .post, "/v1/auth/token", name: "signIn",
        summary: "Tokens for a citizen who signed the nonce with the wallet's key or the enrolled one",
        body: (APISchemas.reference("SignInRequest"), AuthenticationExamples.signIn), answer: tokens,
        problems: letsIn + [.unauthorized]
      ) { request, context in try await handlers.signIn(request, context) },
      Endpoint(
        .post, "/v1/auth/refresh", name: "refreshSession",
        summary: "New tokens for a refresh token; one that is used twice ends its session",
        body: (APISchemas.reference("RefreshRequest"), AuthenticationExamples.refresh), answer: tokens,
        problems: letsIn + [.invalidToken]
      ) { request, context in try await handlers.refresh(request, context) },
      reading(
        .optional,
        Endpoint(
          .post, "/v1/auth/logout", name: "signOut",
          summary: "Ends the session of the bearer's access token, or of a refresh token in the body",
          answer: Answer(
            "The session has ended, and its access tokens are revoked", schema: APISchemas.reference("SignedOut"),
            example: AuthenticationExamples.signedOut),
          problems: [.malformedRequest, .invalidToken, .tooManyRequests, .unavailable]
        ) { request, context in try await handlers.signOut(request, context) }),
      reading(
        .required,
        Endpoint(
          .get, "/v1/auth/me", name: "getMe", summary: "What the bearer's access token says",
          answer: Answer(
            "Who the token speaks of, and which generation granted it", schema: APISchemas.reference("Me"),
            example: AuthenticationExamples.me),
          problems: [.invalidToken]
        ) { request, context in try handlers.me(request, context) }),
    ]
  }

  private static let tokens = Answer(
    "The tokens and what the rules granted", schema: APISchemas.reference("Tokens"),
    example: AuthenticationExamples.tokens)
}
