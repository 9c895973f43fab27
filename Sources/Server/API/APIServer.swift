package import Core
package import Decisions
internal import Hummingbird
package import Logging
package import NIOCore
internal import ServiceLifecycle

/// The API port: what an operator, and the world around the host, ask of it.
package struct APIServer: Service {
  /// Every route, in the order of the OpenAPI document.
  package let endpoints: [Endpoint]
  /// What answers a request by its route.
  let responder: RouterResponder<APIContext>
  private let listener: APIListener
  private let logger: Logger
  private let shutdown: Duration

  /// Keeps an act of an operator; throws when that can't be kept.
  package typealias Audit = @Sendable (AuditEvent) async throws -> Void

  /// A server that listens on `host` and `port` once it runs, port 0 letting the system choose, or on a socket at
  /// `place` that has this name and port.
  ///
  /// `allowed` holds the names and origins it answers to beside its own, see ``HostAndOriginPolicy``; `proxies` tell
  /// who their clients are.
  /// `audit` keeps the acts of operators and the attempts.
  /// Each request is a line of `accessLog`, when there is one.
  /// `metrics` renders the metrics of the moment as Prometheus text. `selfView` is what anybody may know of the
  /// platform's model of itself, null before there is one. `endpoints` come behind the host's own ones; `sights` is
  /// told which of all are asked for.
  /// `onBound` is told the address when connections can come.
  package init(
    host: String, port: Int, at place: ListeningPlace? = nil, control: any HostControl, operators: OperatorGuard,
    logger: Logger,
    version: String, metrics: @escaping @Sendable () async -> String,
    selfView: @escaping @Sendable () async -> JSON = { .null }, audit: @escaping Audit = { _ in },
    allowed: [String] = [], proxies: TrustedProxies = .none, accessLog: Logger? = nil,
    limits: APILimits = APILimits(), endpoints further: [Endpoint] = [], sights: RouteSights = RouteSights(),
    onBound: @escaping @Sendable (SocketAddress) async -> Void = { _ in }
  ) {
    let own =
      Endpoint.decisions(control) + Endpoint.rulebook(control)
      + Endpoint.health(control, version: version, metrics: metrics, selfView: selfView)
    let endpoints = Endpoint.described(own + further, version: version, control)
    let places = ConnectionPlaces("api", limits.connections, proxies: proxies, logger: logger)
    let bodies = BodyLimits(limits, endpoints)
    let router = Self.router(
      endpoints, policy: HostAndOriginPolicy(host: host, port: port, allowed: allowed),
      proxies: proxies, accessLog: accessLog, places: places, guarding: operators, bodies: bodies, sights: sights,
      audit: audit)
    self.endpoints = endpoints
    self.logger = logger
    responder = router.buildResponder()
    shutdown = limits.shutdown
    listener = APIListener(
      place ?? .network(host: host, port: port),
      channels: APIChannel(responder, logger: logger, limits: limits, bodies: bodies, places: places), logger: logger,
      onBound: onBound)
  }

  /// Serves until it is told to stop. Open requests may end first, but no longer than the limit says.
  /// Throws when the address can't be bound.
  package func run() async throws {
    // A group of its own, so that one client that never reads can't hold the others' shutdown.
    var configuration = ServiceGroupConfiguration(services: [listener], logger: logger)
    configuration.maximumGracefulShutdownDuration = shutdown
    try await ServiceGroup(configuration: configuration).run()
  }

  /// The routes, behind the middleware they share.
  static func router(
    _ endpoints: [Endpoint], policy: HostAndOriginPolicy, proxies: TrustedProxies = .none,
    accessLog: Logger? = nil, places: ConnectionPlaces? = nil, guarding operatorGuard: OperatorGuard,
    bodies: BodyLimits, sights: RouteSights = RouteSights(),
    audit: @escaping Audit = { _ in }
  ) -> Router<APIContext> {
    let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: CorrelationMiddleware())
    router.add(middleware: ClientMiddleware(proxies: proxies))
    if let accessLog { router.add(middleware: AccessLog(logger: accessLog)) }
    router.add(middleware: APIMetrics(endpoints, sights: sights))
    router.add(middleware: ProblemMiddleware(endpoints: endpoints))
    router.add(middleware: ConsoleSession(routes: ConsoleRoutes(endpoints)))
    if let places { router.add(middleware: ReserveMiddleware(places: places, operators: operatorGuard)) }
    router.add(middleware: GuardMiddleware(policy: policy, bodies: bodies))
    let acts = OperatorActs(guarding: operatorGuard, audit: audit)
    for endpoint in endpoints {
      router.on(RouterPath(endpoint.path), method: endpoint.method) { request, context in
        if endpoint.needsOperator { return try await acts.answer(request, context, of: endpoint) }
        if endpoint.isSigned { return try await acts.answerHolders(request, context, of: endpoint) }
        return try await endpoint.handler(request, context)
      }
    }
    return router
  }
}
