internal import Core
package import Logging
package import Tokens

/// Lets operators pass, on both ports: `Authorization: Bearer …` (RFC 6750) with a token of the scope `operator`.
package struct OperatorGuard: Sendable {
  private let verifier: AccessVerifier
  private let logger: Logger
  private let now: @Sendable () -> Int64

  /// Takes the tokens that `verifier` does. `now`, in milliseconds since 1970, is for tests.
  package init(
    _ verifier: AccessVerifier, logger: Logger,
    now: @escaping @Sendable () -> Int64 = { WallClock.milliseconds() }
  ) {
    self.verifier = verifier
    self.logger = logger
    self.now = now
  }

  /// Why whoever sends this `Authorization` isn't let through: 401 without a token that holds, 403 when it lacks the
  /// scope; nil for an operator. Why a token doesn't hold goes to the log alone. O(length) and the work of one
  /// verification.
  package func refusal(_ authorization: String?) -> ProblemDocument? {
    do throws(ProblemDocument) {
      _ = try requester(authorization)
      return nil
    } catch {
      return error
    }
  }

  /// Who sends this `Authorization`, as records name them: `operator:` and the token's `jti`. Throws as ``refusal(_:)``
  /// tells.
  package func requester(_ authorization: String?) throws(ProblemDocument) -> String { try bearer(authorization).name }

  /// The same, with the token's `sub`.
  func bearer(_ authorization: String?) throws(ProblemDocument) -> (name: String, subject: String) {
    let token = try token(authorization)
    let name = "operator:" + (token.identity ?? "")
    Correlation.current?.identify(as: name)
    return (name, token.claims["sub"]?.string ?? "")
  }

  /// How many seconds the operator's token of this `Authorization` has, at least one. Throws as ``requester(_:)``.
  func secondsLeft(_ authorization: String?) throws(ProblemDocument) -> Int64 {
    max(1, try token(authorization).expiry - now() / 1000)
  }

  private func token(_ authorization: String?) throws(ProblemDocument) -> VerifiedToken {
    guard let bearer = BearerToken.token(in: authorization) else {
      throw ProblemDocument(
        .unauthorized, "this needs an operator's token; `cascade token operator` prints one",
        headers: Self.challenge(""))
    }
    let token: VerifiedToken
    do throws(TokenError) {
      token = try verifier.verify(bearer.utf8, now: now())
    } catch {
      logger.info("an operator's token is refused", metadata: ["reason": "\(error.reason)"])
      throw ProblemDocument(
        .invalidToken, "the token is not valid; `cascade token operator` prints one",
        headers: Self.challenge(#", error="invalid_token""#))
    }
    guard token.scopes.contains(ExactText(TokenPurpose.operatorScope)) else {
      throw ProblemDocument(
        .forbidden, "the token lacks the scope '\(TokenPurpose.operatorScope)'",
        headers: Self.challenge(#", error="insufficient_scope", scope="\#(TokenPurpose.operatorScope)""#))
    }
    return token
  }

  private static func challenge(_ members: String) -> [(String, String)] {
    [("www-authenticate", #"Bearer realm="cascade""# + members)]
  }
}
