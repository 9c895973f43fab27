internal import CascadeHost
internal import Core
package import LuaRuntime
internal import Rulebook

/// The answer to a decision with effects.
package enum EffectfulAnswer: Sendable {
  /// The body of a 200: `{"decision_id","generation","result"}`.
  case body([UInt8])
  /// It was refused.
  case problem(ProblemDocument)
}

/// Makes decisions that have effects: the run, the commit and the answer as one.
package protocol EffectfulDecider: Sendable {
  /// Decides `point` over the envelope `body`. `key` becomes the decision's id, and a repeat answers what was
  /// recorded; `requester` goes into the record. Returns after the commit is durable.
  func decide(point: String, body: [UInt8], key: String, requester: String) async -> EffectfulAnswer
}

/// Who may ask the decision port for what. A value; the connections share it.
package struct DecisionPortPolicy: Sendable {
  enum Verdict {
    case single(LaneEntry)
    case batch(LaneEntry)
    case health
    case refuse(ProblemDocument)
  }

  /// Answers the host calls that only read; confined to no loop.
  let reads: any HostCallHandler & Sendable
  private let origins: HostAndOriginPolicy
  private let operators: OperatorGuard
  private let effects: (any EffectfulDecider)?

  /// A policy; without `effects`, decisions that have some are refused.
  package init(
    origins: HostAndOriginPolicy, operators: OperatorGuard, reads: any HostCallHandler & Sendable,
    effects: (any EffectfulDecider)? = nil
  ) {
    self.origins = origins
    self.operators = operators
    self.reads = reads
    self.effects = effects
  }

  func check(_ request: DecisionRequest, lane: Lane, limits: DecisionPortLimits) -> Verdict {
    if request.isAmbiguous {
      return .refuse(ProblemDocument(.malformedRequest, "there is more than one Host or Origin"))
    }
    if let refusal = origins.refusal(host: request.host, origin: request.origin) {
      return .refuse(ProblemDocument(.forbidden, refusal))
    }
    switch request.route {
    case .health: return .health
    case .unknown: return .refuse(ProblemDocument(.notFound, "no such route"))
    case .wrongMethod(let allowed):
      return .refuse(
        ProblemDocument(.methodNotAllowed, "only \(allowed)", headers: [("allow", allowed)]))
    case .decide(let point):
      guard let entry = lane.decision(named: point) else {
        lane.countFailure(.unknownDecision)
        return .refuse(
          ProblemDocument(
            .unknownDecision, "no plugin offers '\(point)'",
            members: JSON.Object([("generation", .integer(Int64(lane.generation.number)))])))
      }
      if entry.needsOperator, let refusal = operators.refusal(request.authorization) {
        lane.countFailure(.forbidden)
        return .refuse(refusal)
      }
      if entry.hasEffects, let refusal = effectsRefusal(request) { return .refuse(refusal) }
      if !request.isBatch, let length = request.contentLength, length > limits.bodyBytes {
        return .refuse(
          ProblemDocument(.bodyTooLarge, "the body is over \(limits.inputBytes) bytes"))
      }
      return request.isBatch ? .batch(entry) : .single(entry)
    }
  }

  func decideWithEffects(point: String, body: [UInt8], request: DecisionRequest) async -> EffectfulAnswer {
    guard let effects, let key = request.idempotencyKey else {
      return .problem(ProblemDocument(.unavailable, "this host keeps no ledger"))
    }
    do throws(ProblemDocument) {
      // Once more, away from the loop: for the name in the record, and the token may have been revoked meanwhile.
      let requester = try operators.requester(request.authorization)
      return await effects.decide(point: point, body: body, key: key, requester: requester)
    } catch {
      return .problem(error)
    }
  }

  /// Why a decision with effects may not be made for this request of an operator.
  private func effectsRefusal(_ request: DecisionRequest) -> ProblemDocument? {
    if request.isBatch {
      return ProblemDocument(.invalidInput, "a decision with effects is asked alone, not in a batch")
    }
    guard let key = request.idempotencyKey, Identifier(key) != nil else {
      return ProblemDocument(
        .invalidInput, "a decision with effects needs a header Idempotency-Key that is a UUID")
    }
    return nil
  }
}
