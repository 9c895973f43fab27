package import CascadeHost
package import Logging
package import NIOCore
internal import NIOConcurrencyHelpers
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
    try await withGracefulShutdownHandler {
      try await channel.closeFuture.get()
      try await Self.waitForConnections(quiescing, limits: limits, on: acceptor.next())
    } onGracefulShutdown: {
      channel.close(promise: nil)
    }
  }

  /// Tells every connection to finish, and waits until all have or the time is up.
  private static func waitForConnections(
    _ quiescing: ServerQuiescingHelper, limits: DecisionPortLimits, on loop: any EventLoop
  ) async throws {
    let done = loop.makePromise(of: Void.self)
    let late = loop.scheduleTask(in: TimeAmount(limits.shutdown)) { done.succeed() }
    let finished = loop.makePromise(of: Void.self)
    quiescing.initiateShutdown(promise: finished)
    finished.futureResult.whenComplete { _ in
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
      .childChannelInitializer { channel in
        let isTooMany = open.withLockedValue { count in
          count += 1
          return count > limits.connections
        }
        channel.closeFuture.whenComplete { _ in open.withLockedValue { $0 -= 1 } }
        return channel.eventLoop.makeCompletedFuture {
          guard !isTooMany, let place = places[ObjectIdentifier(channel.eventLoop)] else {
            return Self.refuse(channel)
          }
          try Self.configure(channel, lane: place.lane.value, policy: policy, limits: limits)
        }
      }
  }

  private static func configure(
    _ channel: any Channel, lane: Lane, policy: DecisionPortPolicy, limits: DecisionPortLimits
  ) throws {
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandler(IdleStateHandler(allTimeout: TimeAmount(limits.idle)))
    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
    try pipeline.addHandler(
      DecisionConnection(lane: lane, policy: policy, limits: limits, allocator: channel.allocator))
  }

  /// Over the limit of connections: told to come back.
  private static func refuse(_ channel: any Channel) {
    let problem = ProblemDocument(
      code: "too_many_connections", detail: "too many connections; come back soon", headers: [("retry-after", "1")])
    var out = channel.allocator.buffer(capacity: 512)
    out.writeProblem(problem, keepsAlive: false)
    channel.writeAndFlush(out).whenComplete { _ in channel.close(promise: nil) }
  }
}
