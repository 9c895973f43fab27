internal import Core
package import Decisions
internal import Rulebook

/// Who may ask the decision port for what. A value; the connections share it.
package struct DecisionPortPolicy: Sendable {
  enum Verdict {
    case single(LaneEntry)
    case batch(LaneEntry)
    case health
    case refuse(ProblemDocument)
  }

  private let origins: HostAndOriginPolicy
  private let operators: OperatorGuard
  /// The rules, for decisions with effects; nil when none are made here.
  let decisions: (any Decisions)?
  private let gate: SuspensionGate?

  /// A policy; without `decisions`, those with effects are refused. `gate` says what emergencies suspend.
  package init(
    origins: HostAndOriginPolicy, operators: OperatorGuard, decisions: (any Decisions)? = nil,
    gate: SuspensionGate? = nil
  ) {
    self.gate = gate
    self.origins = origins
    self.operators = operators
    self.decisions = decisions
  }

  /// Whether `request` may ask what it asks. What was verified or read for that is kept in it, so that asking again
  /// after a reload verifies nothing twice.
  func check(_ request: inout DecisionRequest, lane: Lane, limits: DecisionPortLimits) -> Verdict {
    if let fault = request.head.fault { return .refuse(ProblemDocument(.malformedRequest, fault)) }
    if let refusal = origins.refusal(host: request.head.host, origin: request.head.origin) {
      return .refuse(ProblemDocument(.forbidden, refusal))
    }
    switch request.route {
    case .health: return .health
    case .unknown(let path): return .refuse(.nothing(at: path))
    case .wrongMethod(let allowed): return .refuse(.knows(allowed))
    case .unknownQuery(let names): return .refuse(.unknownQuery(names, known: []))
    case .decide(let point):
      guard let entry = lane.decision(named: point) else {
        lane.countFailure(.unknownDecision)
        return .refuse(
          ProblemDocument(
            .unknownDecision, "no plugin offers '\(point)'",
            members: JSON.Object([("generation", .integer(Int64(lane.generation.number)))])))
      }
      do throws(ProblemDocument) {
        if entry.needsOperator, request.requester == nil {
          request.requester = try operators.requester(request.head.authorization)
        }
      } catch {
        lane.countFailure(.forbidden)
        return .refuse(error)
      }
      if let reason = gate?.refusal(point, hasEffects: entry.hasEffects) {
        return .refuse(ProblemDocument(.suspended, reason))
      }
      if entry.hasEffects, let refusal = effectsRefusal(&request) { return .refuse(refusal) }
      if !request.isBatch, let length = request.head.contentLength,
        let refusal = Self.refusal(ofBytes: length, entry, limits)
      {
        return .refuse(refusal)
      }
      return request.isBatch ? .batch(entry) : .single(entry)
    }
  }

  /// Whether an operator asks, also where anybody may.
  func isByOperator(_ request: inout DecisionRequest) -> Bool {
    if request.requester == nil, request.head.authorization != nil {
      request.requester = try? operators.requester(request.head.authorization)
    }
    return request.requester != nil
  }

  /// The decision of this name when anybody may ask for it at this `Host`, without a token and without a key; nil when
  /// there is more to say. The answer holds for a generation, but for ``isSuspended(_:)``.
  func plainEntry(_ point: String, host: String, lane: Lane) -> LaneEntry? {
    guard origins.refusal(host: host, origin: nil) == nil, let entry = lane.decision(named: point),
      !entry.needsOperator, !entry.hasEffects
    else { return nil }
    return entry
  }

  /// Whether an emergency suspends a decision now.
  func isSuspended(_ entry: LaneEntry) -> Bool { gate?.refusal(entry.name, hasEffects: entry.hasEffects) != nil }

  /// Why a body of so many bytes is not taken; nil when it is.
  static func refusal(ofBytes count: Int, _ entry: LaneEntry, _ limits: DecisionPortLimits) -> ProblemDocument? {
    guard count > limits.bodyBytes(forOperators: entry.needsOperator) else { return nil }
    let bytes = limits.inputBytes(forOperators: entry.needsOperator)
    return ProblemDocument(.bodyTooLarge, "the body is over \(bytes) bytes")
  }

  /// Why a decision with effects may not be made for this request of an operator.
  private func effectsRefusal(_ request: inout DecisionRequest) -> ProblemDocument? {
    if request.isBatch {
      return ProblemDocument(.invalidInput, "a decision with effects is asked alone, not in a batch")
    }
    if request.key == nil { request.key = request.head.idempotencyKey.flatMap { Identifier($0) } }
    if request.key == nil {
      return ProblemDocument(
        .invalidInput, "a decision with effects needs a header Idempotency-Key that is a UUID")
    }
    return nil
  }
}
