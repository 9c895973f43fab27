internal import Core
internal import Decisions
internal import LuaRuntime
internal import NIOCore
internal import NIOHTTP1
internal import Rulebook

/// From a request's head to its answer.
extension DecisionConnection {
  func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    guard case .idle = state else { return }
    var request = DecisionRequest(head)
    keepsAlive = request.head.keepsAlive && !isQuiescing
    omitsBody = request.head.isHead
    watch.expect(.body, isBegun: true)
    correlation = request.head.correlation
    switch known(request: &request) {
    case .refuse(let problem):
      refuse(request, problem, context)
    case .health:
      let body: JSON = ["status": "ok", "generation": .integer(Int64(lane.generation.number))]
      respond(json: body.bytes, context)
    case .single(let entry):
      if !entry.hasEffects, !canRecord { return refuse(request, Self.notRecorded, context) }
      if request.head.expectsContinue { out.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n") }
      state = .body(request, entry, ByteBuffer())
    case .batch(let entry):
      if !canRecord { return refuse(request, Self.notRecorded, context) }
      if !lane.mayDecide() { return refuse(request, Self.noLease, context) }
      if request.head.expectsContinue { out.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n") }
      keepsAlive = keepsAlive && request.head.isVersion11
      out.writeStreamHead(
        contentType: "application/x-ndjson", date: date.value(), marks: marks, isChunked: request.head.isVersion11,
        keepsAlive: keepsAlive)
      // The policy already refused everybody but operators where the decision needs one.
      let batch = DecisionBatch(
        point: entry.name, isByOperator: entry.needsOperator, isChunked: request.head.isVersion11,
        correlation: correlation, limits: limits)
      state = .batch(batch, isEnded: false)
      // Lines come when the client has them.
      watch.expect(.body, isBegun: false)
    }
  }

  /// What the policy says, which learns whose request it is.
  private func known(request: inout DecisionRequest) -> DecisionPortPolicy.Verdict {
    if correlation == nil { return verdict(on: &request) }
    return Correlation.$current.withValue(correlation) { verdict(on: &request) }
  }

  /// What the policy says; on the reserve only health checks and operators are answered.
  private func verdict(on request: inout DecisionRequest) -> DecisionPortPolicy.Verdict {
    let verdict = policy.check(&request, lane: lane, limits: limits)
    guard isReserved else { return verdict }
    switch verdict {
    case .single, .batch:
      if policy.isByOperator(&request) { return verdict }
      keepsAlive = false
      return .refuse(ConnectionPlaces.refusal)
    case .health, .refuse: return verdict
    }
  }

  private func refuse(_ request: DecisionRequest, _ problem: ProblemDocument, _ context: ChannelHandlerContext) {
    // Close instead of reading the rest of a body of unknown length.
    if request.head.expectsContinue || request.head.isChunked || problem.code == .bodyTooLarge
      || (request.head.contentLength ?? 0) > limits.bodyBytes(forOperators: true)
    {
      keepsAlive = false
    }
    respond(problem, context)
  }

  func receive(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
    switch state {
    case .body(let request, let entry, var body):
      state = .answered
      if body.readableBytes == 0 { body = bytes } else { body.writeImmutableBuffer(bytes) }
      if let refusal = DecisionPortPolicy.refusal(ofBytes: body.readableBytes, entry, limits) {
        keepsAlive = false
        return respond(refusal, context)
      }
      state = .body(request, entry, body)
    case .batch(var batch, _):
      state = .answered
      batch.append(bytes)
      state = .batch(batch, isEnded: false)
      advanceBatch(context)
    default: break
    }
  }

  func end(_ context: ChannelHandlerContext) {
    watch.expect(.head, isBegun: false)
    switch state {
    case .body(let request, let entry, let body):
      state = .answered
      decide(request, entry, body, context)
    case .batch(let batch, _):
      state = .batch(batch, isEnded: true)
      advanceBatch(context)
    case .answered: finishRequest(context)
    case .idle, .committing, .closing: break
    }
  }

  // MARK: Single decisions

  private func decide(
    _ request: DecisionRequest, _ entry: LaneEntry, _ body: ByteBuffer, _ context: ChannelHandlerContext
  ) {
    var (entry, request) = (entry, request)
    if entry.generation != lane.generation.number {
      // A reload came between the head and the end of the body, so check again.
      switch policy.check(&request, lane: lane, limits: limits) {
      case .single(let current):
        entry = current
        if let refusal = DecisionPortPolicy.refusal(ofBytes: body.readableBytes, entry, limits) {
          respond(refusal, context)
          return finishRequest(context)
        }
      case .refuse(let problem):
        respond(problem, context)
        return finishRequest(context)
      case .batch, .health: return finishRequest(context)
      }
    }
    if entry.hasEffects { return commit(request, entry, body, context) }
    body.withUnsafeReadableBytes { decide(entry, $0, requester: request.requester ?? "") }
    finishRequest(context)
  }

  /// Makes a decision without effects on the lane and answers it.
  private func decide(_ entry: LaneEntry, _ input: UnsafeRawBufferPointer, requester: String) {
    if !lane.mayDecide() {
      out.writeProblem(Self.noLease, date: date.value(), marks: marks, keepsAlive: keepsAlive)
      return
    }
    let made = lane.decideOnRecord(
      entry, input: input, isEnveloped: true, requester: requester, request: correlation?.id,
      trace: correlation?.trace)
    turnNanoseconds &+= made.outcome.cost.nanoseconds
    let (start, keepsAlive) = (out.writerIndex, keepsAlive)
    switch made.outcome.ending {
    case .result(let result): respond(made.id, made.generation, isStale: made.isStale, result)
    case .failure(let failure):
      let failure = DecisionFailure(
        failure, id: made.id, generation: made.generation, cost: made.outcome.cost, isStale: made.isStale)
      out.writeProblem(ProblemDocument(failure), date: date.value(), marks: marks, keepsAlive: keepsAlive)
    case .fetch:
      let problem = ProblemDocument(.unavailable, "the host does not hold what the rule asked")
      out.writeProblem(problem, date: date.value(), marks: marks, keepsAlive: keepsAlive)
    }
    note(.single(keepsAlive: keepsAlive, marks: marks), since: start)
  }

  // MARK: Plain requests

  /// Whether a request for this decision may be answered without a look at anything but its body.
  func takesPlain(_ entry: LaneEntry) -> Bool {
    if case .idle = state { return !isQuiescing && canRecord && !policy.isSuspended(entry) }
    return false
  }

  /// Answers a request that is nothing but a question for this decision, which ``takesPlain(_:)`` let through.
  func answerPlain(_ entry: LaneEntry, _ input: UnsafeRawBufferPointer) {
    keepsAlive = true
    omitsBody = false
    decide(entry, input, requester: "")
  }

  /// Asks the rules for a decision with effects and waits for its commit without holding the loop.
  private func commit(
    _ request: DecisionRequest, _ entry: LaneEntry, _ body: ByteBuffer, _ context: ChannelHandlerContext
  ) {
    guard let decisions = policy.decisions else {
      respond(ProblemDocument(.unavailable, "this host keeps no ledger"), context)
      return finishRequest(context)
    }
    state = .committing
    let question = Question(
      entry.name, .sent(Array(body.readableBytesView)), requester: request.requester ?? "", key: request.key,
      trace: correlation?.trace, request: correlation?.id)
    let promise = context.eventLoop.makePromise(of: Result<Decided, DecisionFailure>.self)
    let correlation = correlation
    promise.completeWithTask {
      await Correlation.$current.withValue(correlation) {
        do throws(DecisionFailure) {
          return .success(try await decisions.decide(question))
        } catch {
          return .failure(error)
        }
      }
    }
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    promise.futureResult.whenSuccess { answer in
      let (connection, context) = bound.value
      connection.committed(answer, context)
    }
  }

  private func committed(_ answer: Result<Decided, DecisionFailure>, _ context: ChannelHandlerContext) {
    // The connection may be gone; the commit stands, and a repeat with the same key gets its answer.
    guard case .committing = state else { return }
    switch answer {
    case .success(let decided):
      decided.printed.withUnsafeBytes { respond(decided.id, decided.generation, isStale: decided.isStale, $0) }
    case .failure(let failure): respond(ProblemDocument(failure), context)
    }
    finishRequest(context)
    proceed(context)
  }

  /// `{"decision_id","generation","result"}`
  private func respond(_ id: Identifier, _ generation: Int, isStale: Bool, _ result: UnsafeRawBufferPointer) {
    let length = ByteBuffer.resultLength(generation: generation, isStale: isStale, resultLength: result.count)
    out.writeResponse(
      status: 200, reason: "OK", contentType: "application/json", date: date.value(), extraHeaders: marks,
      keepsAlive: keepsAlive, bodyLength: length)
    out.writeResult(id, generation: generation, isStale: isStale, result: result)
  }

  // MARK: Batches

  /// Decides complete lines until there are none, the slice is used up or the reader is slow.
  func advanceBatch(_ context: ChannelHandlerContext) {
    guard case .batch(var batch, let isEnded) = state, context.channel.isWritable else { return }
    state = .answered
    let (start, answered) = (out.writerIndex, batch.answered)
    let obstacle = canRecord ? (lane.mayDecide() ? nil : Self.noLease) : Self.notRecorded
    let mustYield =
      obstacle == nil
      ? batch.decideLines(lane: lane, isEnded: isEnded, into: &out)
      : batch.failRest(lane: lane, (obstacle ?? Self.noLease).lineError, isEnded: isEnded, into: &out)
    if batch.answered > answered { note(.lines(batch.answered - answered, isChunked: batch.isChunked), since: start) }
    if mustYield {
      // The client waits for this side.
      watch.expect(.body, isBegun: false)
      state = .batch(batch, isEnded: isEnded)
      scheduleContinuation(context)
      return flush(context)
    }
    guard isEnded else {
      if batch.answered > answered { watch.expect(.body, isBegun: batch.isWithinLine) }
      state = .batch(batch, isEnded: false)
      return
    }
    if batch.isChunked { out.writeStaticString("0\r\n\r\n") }
    finishRequest(context)
  }
}
