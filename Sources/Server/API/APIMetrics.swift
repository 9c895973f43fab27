internal import Hummingbird
internal import Metrics

/// Counts and times requests by route, in handlers that are made once.
struct APIMetrics: RouterMiddleware {
  private struct Handlers: Sendable {
    let name: String
    let duration: Metrics.Timer
    /// By the status's first digit, from 1.
    let counters: [Counter]

    init(method: String, route: String) {
      name = "\(method) \(route)"
      let labels = [("method", method), ("route", route)]
      duration = Metrics.Timer(label: "cascade_api_request_duration", dimensions: labels)
      counters = (1...5).map { digit in
        Counter(label: "cascade_api_requests", dimensions: labels + [("status", "\(digit)xx")])
      }
    }
  }

  private let routes: [String: Handlers]
  private let unknown = Handlers(method: "other", route: "other")

  private let sights: RouteSights

  /// Makes the handlers of these routes, and one set for everything else; `sights` is told which are asked for.
  init(_ endpoints: [Endpoint], sights: RouteSights) {
    self.sights = sights
    sights.offer(endpoints.map { "\($0.method.rawValue) \($0.path)" })
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
    let known = routes[method + (context.endpointPath ?? "")]
    if let known { sights.note(known.name) }
    let handlers = known ?? unknown
    handlers.duration.recordNanoseconds(Int64((ContinuousClock.now - start) / .nanoseconds(1)))
    let digit = response.status.code / 100
    if (1...5).contains(digit) { handlers.counters[digit - 1].increment() }
    return response
  }
}
