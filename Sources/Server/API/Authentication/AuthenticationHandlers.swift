internal import Citizens
internal import Core
internal import Hummingbird
internal import Logging
internal import Tokens

/// What the routes of signing in do.
struct AuthenticationHandlers: Sendable {
  /// Proves who citizens are and keeps their sessions.
  var authentication: CitizenAuthentication
  /// Refuses tries that come too often.
  var rates: AuthenticationRates

  /// `{"username"}` → `{"nonce","issuer","expires_in"}`
  func challenge(_ request: Request, _ context: APIContext) async throws -> Response {
    let username = try Self.text("username", in: try await Self.json(of: request))
    try await rates.check(context.client, name: username)
    return try await answering(context) { () async throws(AuthenticationRefusal) in
      Response(json: try await authentication.challenge(for: username).json)
    }
  }

  /// `{"username","nonce","signature"}` → tokens
  func signIn(_ request: Request, _ context: APIContext) async throws -> Response {
    let body = try await Self.json(of: request)
    let username = try Self.text("username", in: body)
    let nonce = try Self.text("nonce", in: body)
    let signature = try Self.text("signature", in: body)
    try await rates.check(context.client, name: username)
    return try await answering(context) { () async throws(AuthenticationRefusal) in
      Response(json: try await authentication.signIn(username: username, nonce: nonce, signature: signature).json)
    }
  }

  /// `{"refresh_token"}` → tokens
  func refresh(_ request: Request, _ context: APIContext) async throws -> Response {
    let token = try Self.text("refresh_token", in: try await Self.json(of: request), limit: TokenLimits.tokenBytes)
    try await rates.check(context.client)
    let client = context.client.bytes.map { _ in context.client.customer }
    return try await answering(context) { () async throws(AuthenticationRefusal) in
      Response(json: try await authentication.refresh(token, by: client).json)
    }
  }

  /// Nothing, or `{"refresh_token"}` → `{"status":"signed_out"}`
  func signOut(_ request: Request, _ context: APIContext) async throws -> Response {
    try await rates.check(context.client)
    let body = Array(try await request.body.collect(upTo: .max).readableBytesView)
    let refresh = body.isEmpty ? nil : try Self.json(body)["refresh_token"]?.string
    return try await answering(context) { () async throws(AuthenticationRefusal) in
      if let refresh {
        try await authentication.signOut(refresh: refresh)
      } else {
        try await authentication.signOut(access: try Self.bearer(request))
      }
      return Response(json: AuthenticationExamples.signedOut)
    }
  }

  /// What the bearer's token says.
  func me(_ request: Request, _ context: APIContext) throws -> Response {
    do throws(AuthenticationRefusal) {
      return Response(json: Self.json(of: try authentication.verify(try Self.bearer(request))))
    } catch {
      throw problem(error, context)
    }
  }

  /// Who a citizen's token speaks of.
  static func json(of token: VerifiedToken) -> JSON {
    let claims = token.claims
    var object = JSON.Object([("username", claims["sub"] ?? .null)])
    for name in ["social_class", "tier", "consciousness_tier", "consciousness_level"] {
      object.append(name, claims[name] ?? .null)
    }
    object.append("platform_permissions", claims["permissions"] ?? [])
    object.append("generation", claims["generation"] ?? .null)
    object.append("decision_id", claims["decision"] ?? .null)
    object.append("issued_at", claims["iat"] ?? .null)
    object.append("expires_at", claims["exp"] ?? .null)
    return .object(object)
  }

  private func answering(
    _ context: APIContext, _ body: () async throws(AuthenticationRefusal) -> Response
  ) async throws(ProblemDocument) -> Response {
    do throws(AuthenticationRefusal) {
      return try await body()
    } catch {
      throw problem(error, context)
    }
  }

  /// What the client learns; why a proof or token didn't hold goes to the log alone.
  private func problem(_ refusal: AuthenticationRefusal, _ context: APIContext) -> ProblemDocument {
    switch refusal {
    case .invalidProof(let reason), .invalidToken(let reason):
      context.logger.info("somebody is not let in", metadata: ["reason": "\(reason)"])
    case .directory(let why):
      context.logger.warning("the citizens' directory is unavailable", metadata: ["reason": "\(why.reason)"])
    case .invalidName, .notFound, .notInVenice, .decision, .unavailable: break
    }
    return ProblemDocument(refusal)
  }

  // MARK: Reading requests

  /// The token of `Authorization: Bearer …` (RFC 6750). Throws when there is none.
  static func bearer(_ request: Request) throws(AuthenticationRefusal) -> String {
    guard let field = request.headers.value("authorization") else { throw .invalidToken("there is no token") }
    guard let token = BearerToken.token(in: field) else { throw .invalidToken("there is no bearer token") }
    return String(token)
  }

  private static func json(of request: Request) async throws -> JSON {
    try json(Array(try await request.body.collect(upTo: .max).readableBytesView))
  }

  private static func json(_ body: [UInt8]) throws(ProblemDocument) -> JSON {
    do throws(JSON.ParsingError) {
      let json = try JSON(parsing: body)
      if json.object != nil { return json }
    } catch {
      throw ProblemDocument(.malformedRequest, "the body is no JSON: \(error)")
    }
    throw ProblemDocument(.malformedRequest, "the body is no object")
  }

  private static func text(_ name: String, in body: JSON, limit: Int = 1024) throws(ProblemDocument) -> String {
    guard let text = body[name]?.string, (1...limit).contains(text.utf8.count) else {
      throw ProblemDocument(
        .invalidInput, "'\(name)' must be a text of 1 to \(limit) bytes")
    }
    return text
  }
}
