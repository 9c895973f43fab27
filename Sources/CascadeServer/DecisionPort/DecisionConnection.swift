internal import CascadeHost
internal import Core
internal import LuaRuntime
internal import NIOCore
internal import NIOHTTP1
internal import Rulebook

/// One connection of the decision port: requests in, decisions made inline on the loop, bytes out.
///
/// Answers leave in the order of the requests. While a batch has to yield, or the reader is slow, what was
/// already parsed waits in `backlog` and nothing more is read from the socket.
final class DecisionConnection: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  enum State {
    /// Between requests.
    case idle
    /// A single decision's body is coming in.
    case body(DecisionRequest, LaneEntry, ByteBuffer)
    /// A batch's lines are coming in; `isEnded` when the last has come.
    case batch(DecisionBatch, isEnded: Bool)
    /// The request is answered; the rest of its body is dropped.
    case answered
    /// A decision with effects commits; the answer will come.
    case committing
    /// Nothing more will be answered.
    case closing
  }

  let lane: Lane
  let policy: DecisionPortPolicy
  let limits: DecisionPortLimits
  var state = State.idle
  var keepsAlive = true

  /// Answers that are not yet written; one write takes them all.
  private var out: ByteBuffer
  private var backlog = CircularBuffer<HTTPServerRequestPart>(initialCapacity: 4)
  private var readIsHeld = false
  private var isQuiescing = false
  private var continuationIsScheduled = false

  init(lane: Lane, policy: DecisionPortPolicy, limits: DecisionPortLimits, allocator: ByteBufferAllocator) {
    self.lane = lane
    self.policy = policy
    self.limits = limits
    out = allocator.buffer(capacity: 1024)
  }

  // MARK: Events

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = unwrapInboundIn(data)
    if backlog.isEmpty && !isBusy(context) { handle(part, context) } else { backlog.append(part) }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    flush(context)
    context.fireChannelReadComplete()
  }

  func read(context: ChannelHandlerContext) {
    if isBusy(context) || !backlog.isEmpty { readIsHeld = true } else { context.read() }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { proceed(context) }
    context.fireChannelWritabilityChanged()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case is ChannelShouldQuiesceEvent:
      isQuiescing = true
      if case .idle = state, backlog.isEmpty { close(context) }
    case is IdleStateHandler.IdleStateEvent: close(context)
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if error is HTTPParserError, case .idle = state {
      keepsAlive = false
      respond(ProblemDocument(code: "malformed_request", detail: "this is no HTTP/1.1 request"), context)
      flush(context)
    }
    close(context)
  }

  // MARK: Order

  private func isBusy(_ context: ChannelHandlerContext) -> Bool {
    switch state {
    case .committing: true
    case .batch(let batch, _): batch.hasCompleteLine || !context.channel.isWritable
    default: !context.channel.isWritable
    }
  }

  /// Goes on after a yield, a commit or a slow reader.
  func proceed(_ context: ChannelHandlerContext) {
    advanceBatch(context)
    while !isBusy(context), let part = backlog.popFirst() { handle(part, context) }
    flush(context)
    if !isBusy(context), backlog.isEmpty, readIsHeld {
      readIsHeld = false
      context.read()
    }
  }

  private func handle(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
    switch part {
    case .head(let head): begin(DecisionRequest(head), context)
    case .body(let bytes): receive(bytes, context)
    case .end: end(context)
    }
  }

  /// The answer is written; on to the next request, once the rest of this one has come.
  private func finishRequest(_ context: ChannelHandlerContext) {
    state = .idle
    if !keepsAlive || isQuiescing { close(context) }
  }

  private func close(_ context: ChannelHandlerContext) {
    if case .closing = state { return }
    state = .closing
    backlog.removeAll()
    flush(context)
    context.close(promise: nil)
  }

  // MARK: Requests

  private func begin(_ request: DecisionRequest, _ context: ChannelHandlerContext) {
    guard case .idle = state else { return }
    keepsAlive = request.keepsAlive && !isQuiescing
    switch policy.check(request, lane: lane, limits: limits) {
    case .refuse(let problem):
      // What a body of unknown length would still bring is not worth reading.
      if request.expectsContinue || (request.contentLength ?? 0) > limits.inputBytes { keepsAlive = false }
      respond(problem, context)
    case .health:
      let body: JSON = ["status": "ok", "generation": .integer(Int64(lane.generation.number))]
      respond(json: body.bytes, context)
    case .single(let entry):
      if request.expectsContinue { out.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n") }
      state = .body(request, entry, ByteBuffer())
    case .batch(let entry):
      if request.expectsContinue { out.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n") }
      keepsAlive = keepsAlive && request.isVersion11
      out.writeStreamHead(
        contentType: "application/x-ndjson", isChunked: request.isVersion11, keepsAlive: keepsAlive)
      state = .batch(DecisionBatch(point: entry.name, isChunked: request.isVersion11, limits: limits), isEnded: false)
    }
  }

  private func receive(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
    switch state {
    case .body(let request, let entry, var body):
      state = .answered
      if body.readableBytes == 0 { body = bytes } else { body.writeImmutableBuffer(bytes) }
      if body.readableBytes > limits.inputBytes + limits.envelopeBytes {
        keepsAlive = false
        return respond(
          ProblemDocument(code: "body_too_large", detail: "the body is over \(limits.inputBytes) bytes"), context)
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

  private func end(_ context: ChannelHandlerContext) {
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

  private func decide(
    _ request: DecisionRequest, _ entry: LaneEntry, _ body: ByteBuffer, _ context: ChannelHandlerContext
  ) {
    if entry.hasEffects { return commit(request, entry, body, context) }
    body.withUnsafeReadableBytes { input in
      let made = lane.decide(entry, input: input, isEnveloped: true, handler: policy.reads)
      switch made.outcome.ending {
      case .result(let result):
        let length = ByteBuffer.resultLength(generation: made.generation, resultLength: result.count)
        out.writeResponse(
          status: 200, reason: "OK", contentType: "application/json", keepsAlive: keepsAlive, bodyLength: length)
        out.writeResult(made.id, generation: made.generation, result: result)
      case .failure(let failure):
        respond(ProblemDocument(failure, id: made.id, generation: made.generation, cost: made.outcome.cost), context)
      case .fetch:
        respond(ProblemDocument(code: "unavailable", detail: "the host does not hold what the rule asked"), context)
      }
    }
    finishRequest(context)
  }

  /// Hands a decision with effects to the host and waits for its commit without holding the loop.
  private func commit(
    _ request: DecisionRequest, _ entry: LaneEntry, _ body: ByteBuffer, _ context: ChannelHandlerContext
  ) {
    state = .committing
    let promise = context.eventLoop.makePromise(of: EffectfulAnswer.self)
    promise.completeWithTask { [policy] in
      await policy.decideWithEffects(point: entry.name, body: Array(body.readableBytesView), request: request)
    }
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    promise.futureResult.whenSuccess { answer in
      let (connection, context) = bound.value
      connection.committed(answer, context)
    }
  }

  private func committed(_ answer: EffectfulAnswer, _ context: ChannelHandlerContext) {
    guard case .committing = state else { return }
    switch answer {
    case .body(let json):
      respond(json: json, context)
    case .problem(let problem): respond(problem, context)
    }
    finishRequest(context)
    proceed(context)
  }

  // MARK: Batches

  /// Decides complete lines until there are none, the slice is used up or the reader is slow.
  private func advanceBatch(_ context: ChannelHandlerContext) {
    guard case .batch(var batch, let isEnded) = state, context.channel.isWritable else { return }
    state = .answered
    let mustYield = batch.decideLines(lane: lane, reads: policy.reads, isEnded: isEnded, into: &out)
    if mustYield {
      state = .batch(batch, isEnded: isEnded)
      flush(context)
      return scheduleContinuation(context)
    }
    guard isEnded else {
      state = .batch(batch, isEnded: false)
      return
    }
    if batch.isChunked { out.writeStaticString("0\r\n\r\n") }
    finishRequest(context)
  }

  private func scheduleContinuation(_ context: ChannelHandlerContext) {
    if continuationIsScheduled { return }
    continuationIsScheduled = true
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.eventLoop.execute {
      let (connection, context) = bound.value
      connection.continuationIsScheduled = false
      connection.proceed(context)
    }
  }

  // MARK: Answers

  private func respond(_ problem: ProblemDocument, _ context: ChannelHandlerContext) {
    out.writeProblem(problem, keepsAlive: keepsAlive)
    finishAnswer(context)
  }

  private func respond(json body: [UInt8], _ context: ChannelHandlerContext) {
    out.writeResponse(
      status: 200, reason: "OK", contentType: "application/json", keepsAlive: keepsAlive, bodyLength: body.count)
    out.writeBytes(body)
    finishAnswer(context)
  }

  private func finishAnswer(_ context: ChannelHandlerContext) {
    state = .answered
    if !keepsAlive { close(context) }
  }

  private func flush(_ context: ChannelHandlerContext) {
    guard out.readableBytes > 0 else { return }
    let full = out
    out = context.channel.allocator.buffer(capacity: 1024)
    context.writeAndFlush(wrapOutboundOut(full), promise: nil)
  }
}
