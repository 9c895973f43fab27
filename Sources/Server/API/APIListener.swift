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
  func run() async throws {
    let quiescing = ServerQuiescingHelper(group: MultiThreadedEventLoopGroup.singleton)
    let server = try await bind(quiescing)
    await withGracefulShutdownHandler {
      if let address = server.channel.localAddress { await onBound(address) }
      let (channels, logger) = (channels, logger)
      await withDiscardingTaskGroup { connections in
        do {
          try await server.executeThenClose { inbound in
            for try await connection in inbound {
              connections.addTask { await channels.handle(value: connection, logger: logger) }
            }
          }
        } catch {
          logger.error("the API port takes no more connections", metadata: ["error": "\(error)"])
        }
      }
    } onGracefulShutdown: {
      quiescing.initiateShutdown(promise: nil)
    }
  }

  private func bind(_ quiescing: ServerQuiescingHelper) async throws -> NIOAsyncChannel<APIChannel.Value, Never> {
    let (channels, logger) = (channels, logger)
    let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: Self.backlog)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(quiescing.makeServerChannelHandler(channel: channel))
        }
      }
    switch place {
    case .network(let host, let port):
      return try await bootstrap.bind(host: host, port: port) { channels.setup(channel: $0, logger: logger) }
    case .socket(let descriptor):
      return try await bootstrap.bind(descriptor) { channels.setup(channel: $0, logger: logger) }
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
