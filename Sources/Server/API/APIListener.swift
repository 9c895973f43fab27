internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOExtras
internal import NIOPosix
internal import ServiceLifecycle
internal import Synchronization

/// Listens for the API port and answers by its routes: Hummingbird's way of serving, on whichever socket there is.
struct APIListener: Service {
  private static let backlog: Int32 = 256

  private let place: ListeningPlace
  private let channels: APIChannel
  private let logger: Logger
  private let onBound: @Sendable (SocketAddress) async -> Void

  /// Listens at `place` with connections that `channels` sets up; tells `onBound` when connections can come.
  init(
    _ place: ListeningPlace, channels: APIChannel, logger: Logger,
    onBound: @escaping @Sendable (SocketAddress) async -> Void
  ) {
    self.place = place
    self.channels = channels
    self.logger = logger
    self.onBound = onBound
  }

  /// Serves until the graceful shutdown, and then until each connection has answered. Throws when the address can't be
  /// bound.
  ///
  /// Each connection that was set up is handled, also one that comes while the port closes: it must not be let go of
  /// before it has ended.
  func run() async throws {
    let (connections, arrived) = AsyncStream.makeStream(of: APIChannel.Value.self)
    let quiescing = ServerQuiescingHelper(group: MultiThreadedEventLoopGroup.singleton)
    let port = try await bootstrap(quiescing, arrived).bind(to: place).get()
    let finished = port.eventLoop.makePromise(of: Void.self)
    finished.futureResult.whenComplete { _ in arrived.finish() }
    port.closeFuture.whenComplete { _ in quiescing.initiateShutdown(promise: finished) }
    await withGracefulShutdownHandler {
      if let address = port.localAddress { await onBound(address) }
      let (channels, logger) = (channels, logger)
      await withDiscardingTaskGroup { tasks in
        for await connection in connections {
          tasks.addTask { await channels.handle(value: connection, logger: logger) }
        }
      }
    } onGracefulShutdown: {
      quiescing.initiateShutdown(promise: nil)
    }
    port.close(promise: nil)
  }

  private func bootstrap(
    _ quiescing: ServerQuiescingHelper, _ arrived: AsyncStream<APIChannel.Value>.Continuation
  ) -> ServerBootstrap {
    let (channels, logger) = (channels, logger)
    return ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: Self.backlog)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(quiescing.makeServerChannelHandler(channel: channel))
        }
      }
      .childChannelInitializer { channel in
        channels.setup(channel: channel, logger: logger).map { connection in
          // Who comes after the end, which is a cancelled one then, is handled as one that is cancelled.
          if case .terminated = arrived.yield(connection) {
            Task { await channels.handle(value: connection, logger: logger) }.cancel()
          }
        }
      }
  }
}

extension APIChannel {
  /// Connections that `responder` answers: each request in a context of its own, each answer with its date.
  init(
    _ responder: RouterResponder<APIContext>, logger: Logger, limits: APILimits, bodies: BodyLimits,
    places: ConnectionPlaces
  ) {
    let dates = AnswerDates()
    self.init(
      responder: { request, writer, channel in
        let context = APIContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
        var response = try await responder.respond(to: request, context: context)
        response.headers.set("date", dates.now)
        try await writer.write(response: response.head, body: response.body)
      },
      limits: limits, bodies: bodies, places: places)
  }
}

/// The date of answers that many connections write.
private final class AnswerDates: Sendable {
  private let field = Mutex(DateField())

  var now: String { field.withLock { $0.value() } }
}
