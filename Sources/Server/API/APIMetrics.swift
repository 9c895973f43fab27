internal import Hummingbird
internal import Metrics

/// Counts and times requests by route, in handlers that are made once.
struct APIMetrics: RouterMiddleware {
  private struct Handlers: Sendable {
    let duration: Metrics.Timer
    /// By the status's first digit, from 1.
    let counters: [Counter]

    init(method: String, route: String) {
      let labels = [("method", method), ("route", route)]
      duration = Metrics.Timer(label: "cascade_api_request_duration", dimensions: labels)
      counters = (1...5).map { digit in
        Counter(label: "cascade_api_requests", dimensions: labels + [("status", "\(digit)xx")])
      }
    }
  }

  private let routes: [String: Handlers]
  private let unknown = Handlers(method: "other", route: "other")

  /// Makes the handlers of these routes, and one set for everything else.
  init(_ endpoints: [Endpoint]) {
    var routes: [String: Handlers] = [:]
    for endpoint in endpoints {
      let method = endpoint.method.rawValue
      routes[method + endpoint.path] = Handlers(method: method, route: endpoint.path)
    }
    self.routes = routes
  }

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    let response = try await next(request, context)
    let method = request.method == .head ? "GET" : request.method.rawValue
    let handlers = routes[method + (context.endpointPath ?? "")] ?? unknown
    handlers.duration.recordNanoseconds(Int64((ContinuousClock.now - start) / .nanoseconds(1)))
    let digit = response.status.code / 100
    if (1...5).contains(digit) { handlers.counters[digit - 1].increment() }
    return response
  }
}
