internal import Core
package import Decisions
package import Logging
package import NIOCore
internal import NIOExtras
internal import NIOHTTP1
internal import NIOPosix
internal import ServiceLifecycle

/// The decision port: HTTP/1.1 on the lanes' own loops.
package struct DecisionPort: Service {
  private let place: ListeningPlace
  private let acceptor: any EventLoopGroup
  private let lanes: LaneGroup
  private let laneLoops: any EventLoopGroup
  private let policy: DecisionPortPolicy
  private let limits: DecisionPortLimits
  private let logger: Logger
  private let onBound: @Sendable (SocketAddress) -> Void
  private let places: ConnectionPlaces

  /// A port at `host:port` (0 picks one, told to `onBound`), or on the socket at `place`. `laneLoops` are the loops of
  /// `lanes`, in any order; connections of `proxies` aren't counted as those of one client.
  package init(
    host: String, port: Int, at place: ListeningPlace? = nil, acceptor: any EventLoopGroup, lanes: LaneGroup,
    laneLoops: any EventLoopGroup,
    policy: DecisionPortPolicy, limits: DecisionPortLimits = DecisionPortLimits(),
    proxies: TrustedProxies = .none, logger: Logger,
    onBound: @escaping @Sendable (SocketAddress) -> Void = { _ in }
  ) {
    self.place = place ?? .network(host: host, port: port)
    self.acceptor = acceptor
    self.lanes = lanes
    self.laneLoops = laneLoops
    self.policy = policy
    self.limits = limits
    self.logger = logger
    self.onBound = onBound
    places = ConnectionPlaces("decisions", limits.connections, proxies: proxies, logger: logger)
  }

  /// Serves until the graceful shutdown; then finishes what was accepted, for at most the limit's time.
  package func run() async throws {
    let quiescing = ServerQuiescingHelper(group: acceptor)
    let channel = try await bootstrap(quiescing).bind(to: place).get()
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
    let lanes = Dictionary(uniqueKeysWithValues: lanes.places.map { (ObjectIdentifier($0.loop), $0.lane) })
    let (policy, limits, places) = (policy, limits, places)
    return ServerBootstrap(group: acceptor, childGroup: laneLoops)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(quiescing.makeServerChannelHandler(channel: channel))
        }
      }
      .childChannelOption(.maxMessagesPerRead, value: 4)
      // A client may close its sending side and still wait for answers.
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelInitializer { channel in
        let admission = places.admit(channel)
        return channel.eventLoop.makeCompletedFuture {
          // Answers leave at once; a Unix socket knows no other way, and no such option.
          if channel.localAddress?.port != nil {
            try channel.syncOptions?.setOption(.tcpOption(.tcp_nodelay), value: 1)
          }
          guard admission != .refused, let lane = lanes[ObjectIdentifier(channel.eventLoop)] else {
            return try channel.refuse(linger: limits.linger)
          }
          try Self.configure(
            channel, lane: lane.value, policy: policy, limits: limits, places: places,
            isReserved: admission == .reserved)
        }
      }
  }

  /// Makes `channel`, on the loop of `lane`, a connection of the port, which may be one on the reserve of `places`.
  /// With `parsesAll`, nothing is taken past the parser, so that tests can compare.
  package static func configure(
    _ channel: any Channel, lane: Lane, policy: DecisionPortPolicy, limits: DecisionPortLimits,
    places: ConnectionPlaces? = nil, isReserved: Bool = false, parsesAll: Bool = false
  ) throws {
    let pipeline = channel.pipeline.syncOperations
    let watch = RequestWatch(silence: limits.idle, patience: limits.patience, isReserved: isReserved)
    let connection = DecisionConnection(
      lane: lane, policy: policy, limits: limits, watch: watch, places: places, isReserved: isReserved,
      allocator: channel.allocator)
    try pipeline.addHandler(watch)
    // Where it is wanted, the parser comes between the two.
    let plain = PlainRequests(connection)
    try pipeline.addHandler(plain)
    try pipeline.addHandler(connection)
    // On the reserve each request is looked at.
    if parsesAll || isReserved { plain.giveUp() }
  }

  /// Whether what comes on `channel`, which was configured here, goes to the parser.
  package static func hasParser(_ channel: any Channel) -> Bool {
    (try? channel.pipeline.syncOperations.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)) != nil
  }
}
