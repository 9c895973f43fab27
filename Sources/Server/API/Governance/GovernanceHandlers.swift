internal import Core
internal import Decisions
internal import Governance
internal import Hummingbird
internal import Logging

/// What the routes of governance do.
struct GovernanceHandlers: Sendable {
  /// The most bytes of a proposal with its files.
  static let bodyBytes = 4 << 20
  /// The refusals of the routes that take envelopes.
  static let problems: [WireCode] = [.refused, .tooManyRequests, .notFound, .malformedRequest, .unavailable]
  /// How many envelopes an address may send.
  static let rate = Rate(burst: 10, interval: .seconds(6))

  /// The one writer of the chain's steps.
  var book: GovernanceBook
  /// Who archives files and activates.
  var course: GovernanceCourse
  /// Counts the tries of each address.
  var limiter: any RateLimiter

  /// `{"governed",…}`
  func state() -> JSON { book.view.current?.json(at: .now) ?? ["governed": false] }

  /// `{"proposals","finished"}`
  func proposals() -> JSON {
    let state = state()
    return ["proposals": state["proposals"] ?? [], "finished": state["finished"] ?? []]
  }

  /// An open proposal with its envelope. Throws `not_found`.
  func proposal(named digest: String) throws(ProblemDocument) -> Response {
    guard let state = book.view.current, let proposal = state.open[digest] else {
      throw ProblemDocument(.notFound, "no open proposal '\(digest)' is here")
    }
    return Response(json: state.json(proposal))
  }

  /// `{"envelope","files":{path:text}}`
  func propose(_ request: Request, _ context: APIContext) async throws -> Response {
    try await limit(context)
    let body = try await request.json(limits: JSON.ParsingLimits(bytes: Self.bodyBytes))
    return try await taking(body["envelope"] ?? .null, context) { payload in
      try await course.propose(payload, files: try Self.files(body["files"]))
    }
  }

  /// An envelope of a proposal's payload: its signatures are added.
  func sign(_ request: Request, _ context: APIContext) async throws -> Response {
    let digest = try context.pathParameter("digest")
    try await limit(context)
    let body = try await request.json()
    return try await taking(body, context) { payload in
      guard payload.digest == digest else {
        throw GovernanceError(.malformed, "the path names another payload than the envelope holds")
      }
      try await book.take(.signed, digest, payload)
    }
  }

  /// An envelope of an act: a veto, an emergency, a statement of freshness.
  func act(_ kind: GovernanceStep.Kind, _ request: Request, _ context: APIContext) async throws -> Response {
    let named = kind == .vetoed ? try context.pathParameter("digest") : nil
    try await limit(context)
    let body = try await request.json()
    return try await taking(body, context) { payload in try await book.take(kind, named ?? payload.digest, payload) }
  }

  private func limit(_ context: APIContext) async throws(ProblemDocument) {
    let verdict: RateVerdict
    do throws(StoreError) {
      verdict = try await limiter.take(context.client.customer, "governance", Self.rate)
    } catch {
      throw ProblemDocument(error)
    }
    if !verdict.isAllowed { throw ProblemDocument.tooMany("ten a minute", Self.rate, wait: verdict.wait) }
  }

  /// Takes an envelope. Whoever shows no valid signature of a key that may do this hears 403, and nothing of why.
  private func taking(
    _ json: JSON, _ context: APIContext, _ body: (SignedPayload) async throws -> Void
  ) async throws -> Response {
    guard let state = book.view.current else {
      throw ProblemDocument(.notFound, "this host isn't governed: there is no root")
    }
    var isKnown = false
    do {
      let envelope = try Envelope(json)
      isKnown = !state.root.signers(of: envelope).keys.isEmpty
      let payload = try SignedPayload(envelope)
      isKnown = !Signers(of: envelope, among: state.candidates(payload), .ed25519).keys.isEmpty
      try await body(payload)
      for event in try await course.round() { context.logger.notice("governance: \(event)") }
      return Response(json: self.state())
    } catch let error as GovernanceError {
      guard isKnown, error.code != .notSigned else {
        throw ProblemDocument(.forbidden, "there is no valid signature of a key that may do this")
      }
      throw ProblemDocument(refused: error.code.rawValue, error.message)
    } catch let error as StoreError {
      context.logger.error("a step of governance could not be taken", metadata: ["error": "\(error)"])
      throw ProblemDocument(error)
    }
  }

  private static func files(_ json: JSON?) throws(GovernanceError) -> [ExactText: [UInt8]]? {
    guard let json, json != .null else { return nil }
    guard let object = json.object else { throw GovernanceError(.files, "files is an object of paths and texts") }
    var files: [ExactText: [UInt8]] = [:]
    for member in object.members {
      guard let text = member.value.string else { throw GovernanceError(.files, "\(member.name) wants a text") }
      files[member.name] = Array(text.utf8)
    }
    return files
  }
}
