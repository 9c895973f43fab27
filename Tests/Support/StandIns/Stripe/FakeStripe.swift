package import Commerce
internal import Core
internal import Cryptography
internal import NIOCore
package import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// A request as it came in.
package struct StripeRequest: Sendable {
  /// `GET` or `POST`.
  package var method: HTTPMethod
  /// Path without its query.
  package var path: String
  /// The header.
  package var headers: HTTPHeaders
  /// The fields of query or body, in order.
  package var fields: [(name: String, value: String)]

  /// The first value of a field.
  package func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}

/// What goes wrong with a request.
package enum StripeFault: Sendable {
  /// Nothing is done; this status is answered, with these headers and, for those who quote, this message.
  case status(Int, headers: [String: String] = [:], message: String = "scripted")
  /// It is done, and the connection closed without an answer.
  case replyLost
  /// Nothing is done, and the connection closed.
  case closed
  /// It is done, and nothing is ever answered.
  case hangs
  /// It is done, and answered after a while.
  case delayed(Duration)
  /// It is done, and these bytes are answered with 200.
  case garbled([UInt8])
}

/// A Stripe of our own behind HTTP on loopback. Start it, point a client at `address`, and `stop` it.
package final class FakeStripe: Sendable {
  /// The key it takes.
  package static let key = "sk_test_fakefakefake"

  private struct State {
    var book: StripeBook
    var script: [StripeFault?] = []
    var faults: @Sendable (StripeRequest) -> StripeFault? = { _ in nil }
    var requests: [StripeRequest] = []
    var told = 0
  }

  private let state: Mutex<State>
  private let clock: @Sendable () -> Int64
  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let channel: Mutex<(any Channel)?> = Mutex(nil)

  /// A Stripe by this clock (milliseconds since 1970).
  package init(livemode: Bool = false, clock: @escaping @Sendable () -> Int64) {
    state = Mutex(State(book: StripeBook(livemode: livemode)))
    self.clock = clock
  }

  /// Listens on a free port of loopback; gives the address: `http://127.0.0.1:40000`.
  package func start() async throws -> String {
    let channel = try await ServerBootstrap(group: group)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
          try channel.pipeline.syncOperations.addHandlers(RequestCollector(), StripeConnection(stripe: self))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    self.channel.withLock { $0 = channel }
    return "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"
  }

  /// Stops listening.
  package func stop() async throws {
    try await channel.withLock { $0 }?.close()
    try await group.shutdownGracefully()
  }

  /// Lets the next requests go wrong in this order; nil goes right. Behind them, what `setFaults` said.
  package func script(_ faults: [StripeFault?]) { state.withLock { $0.script = faults } }

  /// Lets any request go wrong as `faults` decides.
  package func setFaults(_ faults: @escaping @Sendable (StripeRequest) -> StripeFault?) {
    state.withLock { $0.faults = faults }
  }

  /// One request in `oneIn` goes wrong, from a seed; nothing hangs.
  package static func seededFaults(seed: UInt64, oneIn: Int) -> @Sendable (StripeRequest) -> StripeFault? {
    let generator = SharedGenerator(seed: seed)
    return { _ in
      guard generator.next(below: oneIn) == 0 else { return nil }
      let faults: [StripeFault] = [
        .status(409), .status(429, headers: ["Stripe-Should-Retry": "true"]), .status(500), .status(503), .replyLost,
        .closed, .garbled(Array("<html>".utf8)),
      ]
      return faults[generator.next(below: faults.count)]
    }
  }

  /// Every request so far.
  package var requests: [StripeRequest] { state.withLock { $0.requests } }

  /// Every intent, oldest first.
  package var intents: [PaymentIntent] { state.withLock { $0.book.intents } }

  /// Plays the buyer or the bank: whatever the book can do, at the clock's second.
  @discardableResult
  package func act<Value: Sendable>(_ body: (inout StripeBook, Int64) -> Value) -> Value {
    let now = clock() / 1000
    return state.withLock { body(&$0.book, now) }
  }

  /// The events since the last time this was asked, in order.
  package func newEvents() -> [PaymentEvent] {
    state.withLock { state in
      defer { state.told = state.book.events.count }
      return Array(state.book.events[state.told...])
    }
  }

  /// Takes a request and gives what to answer, and how.
  func take(_ request: StripeRequest) -> (fault: StripeFault?, status: Int, body: [UInt8]) {
    let faults = state.withLock { $0.faults }
    let decided = faults(request)
    let now = clock() / 1000
    return state.withLock { state in
      state.requests.append(request)
      let fault = state.script.isEmpty ? decided : state.script.removeFirst()
      switch fault {
      case .status(let status, _, let message):
        return (fault, status, JSON.object(.init([("error", ["message": .string(message)])])).bytes)
      case .closed: return (fault, 0, [])
      default: break
      }
      guard request.headers.first(name: "authorization") == "Bearer \(Self.key)" else {
        return (fault, 401, #"{"error":{"message":"Invalid API Key provided"}}"#.utf8.map { $0 })
      }
      let (status, body) = StripeRoutes.answer(request, &state.book, at: now)
      if case .garbled(let bytes) = fault { return (fault, 200, bytes) }
      return (fault, status, body.bytes)
    }
  }
}
