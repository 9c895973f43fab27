internal import Core
internal import NIOCore
internal import NIOHTTP1

/// Between the parser and Hummingbird: refuses heads by the same ``RequestHead`` as the decision port, answers what is
/// no HTTP with a problem, says `100 Continue`, and closes behind a connection's last answer.
///
/// Answers leave in the order of the requests: what the gate answers itself waits for those before.
final class RequestGate: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// A request that was let through and isn't answered to its end.
  private struct Exchange {
    var isVersion11: Bool
    var expectsContinue: Bool
    var isLast: Bool
  }

  private enum State {
    /// Requests are let through.
    case open
    /// No further request is let through; those before may still be answered, and then this.
    case ending(ProblemDocument?)
    /// The last answer is on its way.
    case closing
  }

  private let limits: APILimits
  private let bodies: BodyLimits
  private let watch: RequestWatch
  private let places: ConnectionPlaces?
  private var state = State.open
  private var exchanges = CircularBuffer<Exchange>(initialCapacity: 2)
  /// Whether the server was told to stop: the next request is the last.
  private var isStopping = false
  /// Whether a request that was let through is still being read.
  private var isReading = false
  /// Of the request that is being read.
  private var (method, path) = ("", "")
  /// Of the request that is being read, those that came.
  private var bodyBytes = 0
  private var date = DateField()
  private var context: ChannelHandlerContext?

  /// A gate behind the parser; `watch` stands before it. `places` count what is late.
  init(limits: APILimits, bodies: BodyLimits, watch: RequestWatch, places: ConnectionPlaces? = nil) {
    self.limits = limits
    self.bodies = bodies
    self.watch = watch
    self.places = places
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  /// Answers whatever comes with `problem`, and closes.
  func refuse(_ problem: ProblemDocument) {
    if let context { end(problem, context) }
  }

  // MARK: Requests

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      if case .open = state { begin(head, context) }
    case .body(let bytes):
      guard isReading else { return }
      bodyBytes += bytes.readableBytes
      // What a body of unknown length would still bring is not worth reading.
      if !bodies.isWelcome(bodyBytes, method, path) { endWithThis() }
      context.fireChannelRead(data)
    case .end:
      watch.expect(.head, isBegun: false)
      if isReading { context.fireChannelRead(data) }
      isReading = false
    }
  }

  private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let request = RequestHead(head)
    if let fault = request.fault { return end(ProblemDocument(.malformedRequest, fault), context) }
    method = head.method.rawValue
    path = request.target.map { String($0.path) } ?? ""
    // A body that is too long is refused behind the gate, and not waited for.
    let isWelcome = bodies.isWelcome(request.contentLength ?? 0, method, path)
    let isLast = !request.keepsAlive || !isWelcome || isStopping
    var head = head
    if let target = request.target { head.uri = path + target.query }
    if let host = request.host { head.headers.replaceOrAdd(name: "host", value: host) }
    if isLast {
      head.headers.replaceOrAdd(name: "connection", value: "close")
      state = .ending(nil)
    }
    isReading = true
    bodyBytes = 0
    // Who asks whether a body may come owes none before the answer.
    watch.expect(.body, isBegun: !request.expectsContinue)
    exchanges.append(
      Exchange(
        isVersion11: request.isVersion11, expectsContinue: request.expectsContinue && isWelcome, isLast: isLast))
    if exchanges.count == 1 { welcomeBody(context) }
    context.fireChannelRead(wrapInboundOut(.head(head)))
  }

  /// The request that is being read is the last of its connection.
  private func endWithThis() {
    guard case .open = state, !exchanges.isEmpty else { return }
    exchanges[exchanges.index(before: exchanges.endIndex)].isLast = true
    state = .ending(nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let parserError = error as? HTTPParserError else { return context.fireErrorCaught(error) }
    guard case .open = state else {
      if isReading { context.fireErrorCaught(error) }
      return
    }
    // Within a body, whoever reads it says so.
    if isReading, !exchanges.isEmpty {
      endWithThis()
      return context.fireErrorCaught(error)
    }
    end(isReading ? nil : limits.head.problem(parserError), context)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .closing = state, case ChannelEvent.inputClosed = event { return context.close(promise: nil) }
    if event is ChannelShouldQuiesceEvent { return stop(context) }
    guard let late = event as? RequestWatch.Late else { return context.fireUserInboundEventTriggered(event) }
    places?.count(late.part)
    wasLate(late, context)
  }

  /// What is asked is answered as the connection's last; who asks nothing for a while finds it closed.
  private func stop(_ context: ChannelHandlerContext) {
    isStopping = true
    endWithThis()
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: TimeAmount(limits.farewell)) {
      bound.value.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }
  }

  private func wasLate(_ late: RequestWatch.Late, _ context: ChannelHandlerContext) {
    let problem = ProblemDocument(.requestTimeout, "the \(late.part) did not come within \(late.seconds) s")
    switch state {
    // Whoever reads the body says so.
    case .open where isReading && !exchanges.isEmpty:
      endWithThis()
      context.fireErrorCaught(problem)
    case .ending where isReading: context.fireErrorCaught(problem)
    case .open: end(problem, context)
    case .ending, .closing: break
    }
  }

  /// Says that a body may come, when it is the turn of the request it belongs to.
  private func welcomeBody(_ context: ChannelHandlerContext) {
    guard exchanges.first?.expectsContinue == true else { return }
    let head = HTTPResponseHead(version: .http1_1, status: .continue)
    context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
    if isReading { watch.owes(.body, true) }
  }

  // MARK: Answers

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    // What a body that is too long would still bring is not worth reading.
    if case .head(let head) = unwrapOutboundIn(data), head.status == .payloadTooLarge, exchanges.count == 1 {
      endWithThis()
    }
    // Nobody asked for an answer behind the last.
    guard let exchange = exchanges.first else {
      promise?.succeed()
      return
    }
    switch unwrapOutboundIn(data) {
    case .head(var head):
      if exchange.isLast { head.headers.replaceOrAdd(name: "connection", value: "close") }
      // An older client can't read chunks.
      if !exchange.isVersion11, !head.headers.contains(name: "content-length") { head.version = .http1_0 }
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .body: context.write(data, promise: promise)
    case .end:
      exchanges.removeFirst()
      if exchanges.isEmpty, case .ending(nil) = state {
        let written = promise ?? context.eventLoop.makePromise()
        closeAfter(written, context)
        return context.write(data, promise: written)
      }
      context.write(data, promise: promise)
      if exchanges.isEmpty { conclude(context) } else { welcomeBody(context) }
    }
  }

  /// Lets nothing more through, and answers with `problem` when everything before is answered.
  private func end(_ problem: ProblemDocument?, _ context: ChannelHandlerContext) {
    isReading = false
    state = .ending(problem)
    if exchanges.isEmpty { conclude(context) }
  }

  /// Everything that was let through is answered: on to what the gate answers itself.
  private func conclude(_ context: ChannelHandlerContext) {
    guard case .ending(let problem) = state else { return }
    let written = context.eventLoop.makePromise(of: Void.self)
    closeAfter(written, context)
    guard let problem else { return written.succeed() }
    context.write(wrapOutboundOut(.head(head(of: problem))), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: problem.bytes)))), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
  }

  private func closeAfter(_ written: EventLoopPromise<Void>, _ context: ChannelHandlerContext) {
    state = .closing
    isReading = false
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    written.futureResult.whenComplete { _ in
      let (gate, context) = bound.value
      context.closeBehindAnswer(linger: gate.limits.linger)
    }
  }

  private func head(of problem: ProblemDocument) -> HTTPResponseHead {
    let status = problem.status
    var headers: HTTPHeaders = [
      "content-type": "\(ProblemDocument.contentType)", "content-length": String(problem.bytes.count),
      "connection": "close", "cache-control": "no-store", "x-content-type-options": "nosniff", "date": date.value(),
    ]
    for (name, value) in problem.headers { headers.replaceOrAdd(name: name, value: value) }
    return HTTPResponseHead(
      version: .http1_1, status: .custom(code: UInt(status.number), reasonPhrase: "\(status.reason)"),
      headers: headers)
  }
}
