internal import Core
internal import Decisions
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import Synchronization

/// Lets operators through to the endpoints that need one, and keeps what they and the holders of keys do: who, what,
/// from where, and how it ended. Looking is no act.
final class OperatorActs: Sendable {
  /// How often an address is noted with tokens that don't hold; beyond it, only the log of the process tells.
  private static let refusals = Rate(burst: 20, interval: .seconds(10))
  private static let addresses = 10_000

  private let guarding: OperatorGuard
  private let audit: APIServer.Audit
  private let refused = Mutex(RateTable(limit: OperatorActs.addresses))

  /// Lets pass whom `guarding` does, and tells `audit`.
  init(guarding: OperatorGuard, audit: @escaping APIServer.Audit) {
    self.guarding = guarding
    self.audit = audit
  }

  /// The endpoint's answer to an operator. Throws the refusal of anybody else. An act that can't be kept is in the log
  /// of the process all the same.
  func answer(_ request: Request, _ context: APIContext, of endpoint: Endpoint) async throws -> Response {
    let authorization = request.headers.value("authorization")
    var event = event(request, context, of: endpoint)
    let bearer: (name: String, subject: String)
    do throws(ProblemDocument) {
      bearer = try guarding.bearer(authorization)
    } catch {
      event.outcome = error.code.rawValue
      if authorization != nil { await noteRefusal(event, context) }
      throw error
    }
    (event.who, event.subject) = bearer
    var context = context
    context.requester = bearer.name
    if [.get, .head].contains(request.method) { return try await endpoint.handler(request, context) }
    let answer = await answer(request, context, of: endpoint, &event)
    await keep(event, context)
    return try answer.get()
  }

  /// The endpoint's answer to whoever brings signatures of holders. What is refused is kept within a rate, as anybody
  /// may ask; who signed what is done is in the chain.
  func answerHolders(_ request: Request, _ context: APIContext, of endpoint: Endpoint) async throws -> Response {
    var event = event(request, context, of: endpoint)
    event.who = "holders"
    let answer = await answer(request, context, of: endpoint, &event)
    if event.outcome == AuditEvent.done { await keep(event, context) } else { await noteRefusal(event, context) }
    return try answer.get()
  }

  private func event(_ request: Request, _ context: APIContext, of endpoint: Endpoint) -> AuditEvent {
    AuditEvent(
      milliseconds: WallClock.milliseconds(), who: "", what: endpoint.name, from: context.client.text,
      details: [("path", request.uri.path)])
  }

  /// The endpoint's answer, and in `event` how it ended.
  private func answer(
    _ request: Request, _ context: APIContext, of endpoint: Endpoint, _ event: inout AuditEvent
  ) async -> Result<Response, any Error> {
    do {
      let response = try await endpoint.handler(request, context)
      if response.status.code >= 400 { event.outcome = String(response.status.code) }
      return .success(response)
    } catch {
      event.outcome = (error as? ProblemDocument)?.code.rawValue ?? WireCode.internal.rawValue
      return .failure(error)
    }
  }

  private func noteRefusal(_ event: AuditEvent, _ context: APIContext) async {
    let verdict = refused.withLock { $0.take(event.from, Self.refusals, now: .now) }
    if verdict.isAllowed { await keep(event, context) }
  }

  /// Keeps what happened; where that fails, the log of the process has it.
  private func keep(_ event: AuditEvent, _ context: APIContext) async {
    context.logger.notice(
      "an operator's act",
      metadata: [
        "who": "\(event.who)", "subject": "\(event.subject)", "what": "\(event.what)", "from": "\(event.from)",
        "outcome": "\(event.outcome)",
      ])
    do {
      try await audit(event)
    } catch {
      context.logger.error("an operator's act can't be kept", metadata: ["error": "\(error)"])
    }
  }
}
