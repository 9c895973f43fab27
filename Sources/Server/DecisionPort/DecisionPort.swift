internal import Core
package import Decisions
package import Logging
internal import NIOConcurrencyHelpers
package import NIOCore
internal import NIOExtras
internal import NIOHTTP1
internal import NIOPosix
internal import ServiceLifecycle

/// The decision port: HTTP/1.1 on the lanes' own loops.
package struct DecisionPort: Service {
  private let address: (host: String, port: Int)
  private let acceptor: any EventLoopGroup
  private let lanes: LaneGroup
  private let laneLoops: any EventLoopGroup
  private let policy: DecisionPortPolicy
  private let limits: DecisionPortLimits
  private let logger: Logger
  private let onBound: @Sendable (SocketAddress) -> Void

  /// A port at `host:port` (0 picks one, told to `onBound`). `laneLoops` are the loops of `lanes`, in any order.
  package init(
    host: String, port: Int, acceptor: any EventLoopGroup, lanes: LaneGroup, laneLoops: any EventLoopGroup,
    policy: DecisionPortPolicy, limits: DecisionPortLimits = DecisionPortLimits(), logger: Logger,
    onBound: @escaping @Sendable (SocketAddress) -> Void = { _ in }
  ) {
    address = (host, port)
    self.acceptor = acceptor
    self.lanes = lanes
    self.laneLoops = laneLoops
    self.policy = policy
    self.limits = limits
    self.logger = logger
    self.onBound = onBound
  }

  /// Serves until the graceful shutdown; then finishes what was accepted, for at most the limit's time.
  package func run() async throws {
    let quiescing = ServerQuiescingHelper(group: acceptor)
    let channel = try await bootstrap(quiescing).bind(host: address.host, port: address.port).get()
    if let bound = channel.localAddress { onBound(bound) }
    let finished = acceptor.next().makePromise(of: Void.self)
    try await withTaskCancellationOrGracefulShutdownHandler {
      try await channel.closeFuture.get()
      try await waitUntil(finished.futureResult)
      // If the listening socket has closed by itself, nothing else ends the wait.
      finished.succeed()
    } onCancelOrGracefulShutdown: {
      // Closes the listening socket, and tells every connection to finish.
      quiescing.initiateShutdown(promise: finished)
    }
  }

  /// Waits until all connections have finished or the time is up.
  private func waitUntil(_ finished: EventLoopFuture<Void>) async throws {
    let done = finished.eventLoop.makePromise(of: Void.self)
    let late = finished.eventLoop.scheduleTask(in: TimeAmount(limits.shutdown)) { done.succeed() }
    finished.whenComplete { _ in
      late.cancel()
      done.succeed()
    }
    try await done.futureResult.get()
  }

  private func bootstrap(_ quiescing: ServerQuiescingHelper) -> ServerBootstrap {
    let places = Dictionary(uniqueKeysWithValues: lanes.places.map { (ObjectIdentifier($0.loop), $0) })
    let open = NIOLockedValueBox(0)
    let (policy, limits) = (policy, limits)
    return ServerBootstrap(group: acceptor, childGroup: laneLoops)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(quiescing.makeServerChannelHandler(channel: channel))
        }
      }
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.maxMessagesPerRead, value: 4)
      // A client may close its sending side and still wait for answers.
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelInitializer { channel in
        let isWelcome = open.withLockedValue { count in
          if count >= limits.connections { return false }
          count += 1
          return true
        }
        if isWelcome { channel.closeFuture.whenComplete { _ in open.withLockedValue { $0 -= 1 } } }
        return channel.eventLoop.makeCompletedFuture {
          guard isWelcome, let place = places[ObjectIdentifier(channel.eventLoop)] else {
            return try Self.refuse(channel, limits)
          }
          try Self.configure(channel, lane: place.lane.value, policy: policy, limits: limits)
        }
      }
  }

  /// Makes `channel`, on the loop of `lane`, a connection of the port. With `parsesAll`, nothing is taken past the
  /// parser, so that tests can compare.
  package static func configure(
    _ channel: any Channel, lane: Lane, policy: DecisionPortPolicy, limits: DecisionPortLimits, parsesAll: Bool = false
  ) throws {
    let pipeline = channel.pipeline.syncOperations
    let connection = DecisionConnection(lane: lane, policy: policy, limits: limits, allocator: channel.allocator)
    try pipeline.addHandler(SilenceWatch(TimeAmount(limits.idle)))
    // Where it is wanted, the parser comes between the two.
    let plain = PlainRequests(connection)
    try pipeline.addHandler(plain)
    try pipeline.addHandler(connection)
    if parsesAll { plain.giveUp() }
  }

  /// Whether what comes on `channel`, which was configured here, goes to the parser.
  package static func hasParser(_ channel: any Channel) -> Bool {
    (try? channel.pipeline.syncOperations.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)) != nil
  }

  /// Tells a client over the limit of connections to come back.
  private static func refuse(_ channel: any Channel, _ limits: DecisionPortLimits) throws {
    let problem = ProblemDocument(
      .tooManyConnections, "too many connections; come back soon", headers: [("retry-after", "1")])
    var out = channel.allocator.buffer(capacity: 512)
    var date = DateField()
    out.writeProblem(problem, date: date.value(), keepsAlive: false)
    try channel.pipeline.syncOperations.addHandler(RefusedConnection())
    channel.writeAndFlush(out).whenComplete { _ in channel.close(mode: .output, promise: nil) }
    let late = channel.eventLoop.scheduleTask(in: TimeAmount(limits.linger)) { channel.close(promise: nil) }
    channel.closeFuture.whenComplete { _ in late.cancel() }
  }
}

/// Drops what a refused peer sends until it has read why, as a socket closed with unread input resets the connection.
private final class RefusedConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
