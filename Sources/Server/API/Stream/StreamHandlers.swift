internal import Core
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import Synchronization

/// What the route of the stream does.
struct StreamHandlers: Sendable {
  /// The stream that all readers share.
  var hub: StreamHub
  /// Who operates the host.
  var operators: OperatorGuard
  /// Who asks; nil on a host without citizens.
  var citizens: CitizenGuard?

  /// A place among the readers, free again when nobody holds this any more.
  private final class Seat: Sendable {
    private let hub: StreamHub
    private let subject: String

    init?(_ hub: StreamHub, _ subject: String) {
      if !hub.enter(subject) { return nil }
      self.hub = hub
      self.subject = subject
    }

    deinit { hub.leave(subject) }
  }

  /// A write took longer than it may.
  private struct StuckReader: Error {}

  /// A body that is watched while it is written. One task alone writes it.
  private final class WatchedBody: @unchecked Sendable {
    private var writer: any ResponseBodyWriter
    private let since = Mutex<ContinuousClock.Instant?>(nil)

    init(_ writer: any ResponseBodyWriter) { self.writer = writer }

    func write(_ bytes: [UInt8]) async throws {
      since.withLock { $0 = .now }
      try await writer.write(ByteBuffer(bytes: bytes))
      since.withLock { $0 = nil }
    }

    /// Whether the write under way takes longer than this.
    func isStuck(_ limit: Duration) -> Bool {
      since.withLock { $0.map { $0.duration(to: .now) > limit } ?? false }
    }
  }

  /// Serves the one who asks, until it goes or the host stops.
  func stream(_ request: Request, _ context: APIContext) async throws -> Response {
    let viewer = try viewer(request, context)
    let query = request.uri.queryParameters
    let wanted = try StreamRequest(
      topics: query["topics"].map(String.init), filter: query["filter"].map(String.init),
      lastID: request.headers.value("last-event-id") ?? query["last_event_id"].map(String.init),
      accept: request.headers.value("accept"), viewer: viewer)
    guard let seat = Seat(hub, viewer.subject) else {
      throw ProblemDocument(
        .unavailable, "this host has as many readers of the stream as it takes; try again",
        headers: [("retry-after", "5")])
    }
    var response = Response(
      status: .ok, body: ResponseBody { writer in try await serve(wanted, viewer, seat, request, context, &writer) })
    response.headers.set("content-type", wanted.form.mediaType)
    response.headers.set("x-accel-buffering", "no")
    return response
  }

  /// Who reads. Throws what a request without a token that holds is told.
  private func viewer(_ request: Request, _ context: APIContext) throws(ProblemDocument) -> StreamViewer {
    do throws(ProblemDocument) {
      return .operator(try operators.requester(request.headers.value("authorization")))
    } catch {
      guard let citizens, error.code != .unauthorized else { throw error }
      return .citizen(try citizens.citizen(request, context))
    }
  }

  private func serve(
    _ wanted: StreamRequest, _ viewer: StreamViewer, _ seat: Seat, _ request: Request, _ context: APIContext,
    _ writer: inout any ResponseBodyWriter
  ) async throws {
    let body = WatchedBody(writer)
    let isAllowed: @Sendable () -> Bool = { (try? self.viewer(request, context)) == viewer }
    do {
      try await withGracefulShutdownHandler {
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask(executorPreference: hub.threads) {
            var session = StreamSession(wanted, viewer, hub: hub, isAllowed: isAllowed) { try await body.write($0) }
            try await session.run()
          }
          group.addTask {
            while true {
              try await Task.sleep(for: .seconds(1))
              if body.isStuck(hub.limits.stuck) { throw StuckReader() }
            }
          }
          try await group.next()
          group.cancelAll()
        }
      } onGracefulShutdown: {
        hub.beginStop()
      }
    } catch is CancellationError {
      // The reader went.
    } catch is StuckReader {
      context.logger.info("a reader of the stream is cut off: it did not read")
      throw StuckReader()
    }
    withExtendedLifetime(seat) {}
    try await writer.finish(nil)
  }
}
