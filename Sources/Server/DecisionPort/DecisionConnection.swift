internal import Core
internal import Decisions
internal import NIOCore
internal import NIOHTTP1

/// One connection of the decision port: requests in, decisions made inline on the loop, bytes out.
///
/// Answers leave in the order of the requests. While a batch has to yield, a decision commits or the reader
/// is slow, what was already parsed waits in `backlog` and nothing more is read from the socket.
final class DecisionConnection: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  enum State {
    /// The connection waits for a request.
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
  /// Looks at the clock for what a client owes.
  let watch: RequestWatch
  /// The places of the port; nil where nobody counts.
  private let places: ConnectionPlaces?
  /// Whether it was let in for health checks and operators only.
  let isReserved: Bool
  var state = State.idle
  var keepsAlive = true
  /// The request is a `HEAD`: its answer has no body.
  var omitsBody = false
  /// What names the request that is being answered; nil when it brought nothing of that.
  var correlation: Correlation?
  /// Answers that are not yet written; one write takes them all.
  var out: ByteBuffer
  /// Writes the `Date` field.
  var date = DateField()
  /// Nanoseconds of decisions since other connections had their turn.
  var turnNanoseconds: UInt64 = 0

  /// What stands in `out` and may leave only when the records of this turn are written, see ``Unrecorded``.
  var unrecorded: [Unrecorded] = []
  /// Whether the recorder will tell this connection when they are written.
  var awaitsRecords = false

  private let turnLimit: UInt64
  var backlog = CircularBuffer<HTTPServerRequestPart>(initialCapacity: 4)
  private var readIsHeld = false
  private(set) var isQuiescing = false
  var inputIsClosed = false
  /// What takes requests past the parser; nil when nothing does.
  var plain: PlainRequests?
  /// The handler's context, from the moment it is added.
  private(set) var context: ChannelHandlerContext?
  private var continuationIsScheduled = false
  /// Whether the bytes behind the backlog aren't HTTP.
  private var malformed: ProblemDocument?
  var lingering: Scheduled<Void>?

  init(
    lane: Lane, policy: DecisionPortPolicy, limits: DecisionPortLimits, watch: RequestWatch,
    places: ConnectionPlaces?, isReserved: Bool, allocator: ByteBufferAllocator
  ) {
    self.lane = lane
    self.policy = policy
    self.limits = limits
    self.watch = watch
    self.places = places
    self.isReserved = isReserved
    turnLimit = limits.batchSliceNanoseconds
    out = allocator.buffer(capacity: 1024)
  }

  // MARK: Events

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .closing = state { return }
    let part = unwrapInboundIn(data)
    if backlog.isEmpty && !isBusy(context) { handle(part, context) } else { backlog.append(part) }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    flush(context)
    if !continuationIsScheduled { turnNanoseconds = 0 }
    context.fireChannelReadComplete()
  }

  func read(context: ChannelHandlerContext) {
    if isBusy(context) || !backlog.isEmpty { readIsHeld = true } else { context.read() }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    // Continue later: this is called in the middle of a flush.
    if context.channel.isWritable { scheduleContinuation(context) }
    context.fireChannelWritabilityChanged()
  }

  func channelInactive(context: ChannelHandlerContext) {
    state = .closing
    backlog.removeAll()
    lingering?.cancel()
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case is ChannelShouldQuiesceEvent:
      isQuiescing = true
      keepsAlive = false
      closeUnlessAsked(context)
    case is IdleStateHandler.IdleStateEvent: wasSilent(context)
    case let late as RequestWatch.Late:
      places?.count(late.part)
      wasLate(late, context)
    case ChannelEvent.inputClosed:
      inputIsClosed = true
      if case .closing = state { context.close(promise: nil) } else { conclude(context) }
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? HTTPParserError else {
      state = .closing
      return context.close(promise: nil)
    }
    if malformed != nil { return }
    malformed = limits.head.problem(error)
    conclude(context)
  }

  private func wasSilent(_ context: ChannelHandlerContext) {
    switch state {
    case .committing: break
    case .body where context.channel.isWritable: respondLate("the body did not come", context)
    default:
      state = .closing
      context.close(promise: nil)
    }
  }

  private func respondLate(_ detail: String, _ context: ChannelHandlerContext) {
    keepsAlive = false
    omitsBody = false
    respond(ProblemDocument(.requestTimeout, detail), context)
    flush(context)
  }

  /// The request that has begun takes too long to come.
  private func wasLate(_ late: RequestWatch.Late, _ context: ChannelHandlerContext) {
    switch state {
    case .committing, .closing: break
    case .idle where context.channel.isWritable && backlog.isEmpty:
      respondLate("the head did not come within \(late.seconds) s", context)
    case .body where context.channel.isWritable:
      respondLate("the body did not come within \(late.seconds) s", context)
    default:
      state = .closing
      context.close(promise: nil)
    }
  }

  // MARK: Order

  /// Whether nothing more is answered.
  var isClosing: Bool { if case .closing = state { true } else { false } }

  /// Whether the next request must wait.
  var mustWait: Bool { context.map(isBusy) ?? true }

  private func isBusy(_ context: ChannelHandlerContext) -> Bool {
    if case .closing = state { return false }
    if continuationIsScheduled || !context.channel.isWritable { return true }
    switch state {
    case .committing: return true
    case .batch(let batch, _): return batch.hasCompleteLine
    default: return false
    }
  }

  /// Goes on after a yield, a commit or a slow reader.
  func proceed(_ context: ChannelHandlerContext) {
    advanceBatch(context)
    while !isBusy(context), let part = backlog.popFirst() { handle(part, context) }
    plain?.goOn()
    flush(context)
    conclude(context)
    if !isBusy(context), backlog.isEmpty, readIsHeld {
      readIsHeld = false
      context.read()
    }
  }

  private func handle(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
    switch part {
    case .head(let head): begin(head, context)
    case .body(let bytes): receive(bytes, context)
    case .end: end(context)
    }
    wasHandled(context)
  }

  /// Something was handled: perhaps it is time for others.
  func wasHandled(_ context: ChannelHandlerContext) {
    // Pipelined requests may have answers far larger than themselves.
    if out.readableBytes >= limits.flushBytes { flush(context) }
    if turnNanoseconds >= turnLimit { scheduleContinuation(context) }
  }

  /// The answer is written and the request was read to its end: on to the next one.
  func finishRequest(_ context: ChannelHandlerContext) {
    if case .closing = state { return }
    state = .idle
    correlation = nil
    if !keepsAlive || isQuiescing { linger(context) }
  }

  /// When no further request can come, and everything before is answered, says so.
  private func conclude(_ context: ChannelHandlerContext) {
    guard malformed != nil || inputIsClosed, backlog.isEmpty, !isBusy(context) else { return }
    switch state {
    case .closing, .committing: return
    case .idle, .body:
      guard let malformed else { return closeWhenWritten(context) }
      keepsAlive = false
      omitsBody = false
      respond(malformed, context)
    case .batch, .answered: closeWhenWritten(context)
    }
    flush(context)
  }

  /// Lets everybody else on the loop have a turn, then goes on.
  func scheduleContinuation(_ context: ChannelHandlerContext) {
    if continuationIsScheduled { return }
    continuationIsScheduled = true
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.eventLoop.execute {
      let (connection, context) = bound.value
      connection.continuationIsScheduled = false
      connection.turnNanoseconds = 0
      connection.proceed(context)
    }
  }

  // MARK: Answers

  /// The fields that name the request in its answer; mostly none.
  var marks: String { correlation?.fields ?? "" }

  func respond(_ problem: ProblemDocument, _ context: ChannelHandlerContext) {
    out.writeProblem(problem, date: date.value(), marks: marks, keepsAlive: keepsAlive, omitsBody: omitsBody)
    finishAnswer(context)
  }

  func respond(json body: [UInt8], _ context: ChannelHandlerContext) {
    out.writeResponse(
      status: 200, reason: "OK", contentType: "application/json", date: date.value(), extraHeaders: marks,
      keepsAlive: keepsAlive, bodyLength: body.count)
    if !omitsBody { out.writeBytes(body) }
    finishAnswer(context)
  }

  private func finishAnswer(_ context: ChannelHandlerContext) {
    state = .answered
    if !keepsAlive { linger(context) }
  }

  func flush(_ context: ChannelHandlerContext) {
    guard out.readableBytes > 0 else { return }
    if let recorder = lane.recorder, recorder.isPending {
      if awaitsRecords { return }
      awaitsRecords = true
      recorder.tell(self, on: context.eventLoop)
    } else {
      send(context)
    }
  }

  func send(_ context: ChannelHandlerContext) {
    unrecorded.removeAll(keepingCapacity: true)
    context.writeAndFlush(wrapOutboundOut(out), promise: nil)
    // Reuses the memory when the socket has taken all of it.
    if out.capacity > limits.flushBytes {
      out = context.channel.allocator.buffer(capacity: 1024)
    } else {
      out.clear()
    }
  }
}
