import Core
import Decisions
import Glibc
import Logging
import LuaRuntime
import Metrics
import NIOCore
import NIOPosix
import Observability
import Platform
import Server
import ServiceLifecycle
import UnixSignals

/// Opens a host's stores, assembles it on them, and serves until a signal stops it.
enum ServingHost {
  /// Runs a host and returns after a graceful stop. Throws when the host can't start.
  static func run(_ settings: ServeSettings) async throws {
    var settings = settings
    try settings.takeHandedSockets()
    let notice = ServiceNotice()
    let (logger, metrics, log) = try observe(settings.log)
    defer { log.finish(within: .seconds(1)) }
    try AddressDemand(lanes: settings.laneCount).require()
    let stores = try await OpenStores(settings, logger)
    let host: AssembledHost
    let ports: [any Service]
    do {
      try Listening.check("--api", settings.api, handed: settings.handed["api"])
      try Listening.check("--decisions", settings.decisions, handed: settings.handed["decisions"])
      host = try await AssembledHost(settings, on: stores, logger)
      log.criticals.add { [hub = host.watching.hub] in hub.publish(AlarmNews.critical($0)) }
      ports = try await Self.ports(of: host, settings, metrics, log, notice, logger)
    } catch {
      _ = await stores.close()
      throw error
    }
    // What was opened is closed, whether a signal ended the services or one of them failed.
    let failure = await serve(host.services(with: ports), logger)
    await host.stop()
    let loss = await stores.close()
    stores.data.end(stores.keys, records: stores.records.count)
    try await host.loops.shutdownGracefully()
    if let failure { throw failure }
    if let loss { throw loss }
  }

  private static func ports(
    of host: AssembledHost, _ settings: ServeSettings, _ metrics: PrometheusMetrics, _ log: LogQueue,
    _ notice: ServiceNotice?, _ logger: Logger
  ) async throws -> [any Service] {
    let welcome = try await Welcome(
      settings: settings, status: host.host.status, decisions: host.host.decisions, console: host.console,
      notice: notice)
    let shares = PortShares(descriptors: DescriptorLimit.raise())
    if shares.areCut {
      logger.warning(
        """
        this process may have \(DescriptorLimit.current) files and connections open, so the ports take \
        \(shares.api.connections.total) and \(shares.decisions.connections.total) connections; \(PortShares.wanted) would be enough for all
        """)
    }
    return [
      try decisionPort(host, settings, shares, welcome, logger),
      try api(host, settings, shares, metrics, log, welcome, logger),
    ] + (notice.map { [ServiceManagerNotices(notice: $0, host: host.host)] } ?? [])
  }

  private static func api(
    _ assembled: AssembledHost, _ settings: ServeSettings, _ shares: PortShares, _ metrics: PrometheusMetrics,
    _ log: LogQueue, _ welcome: Welcome, _ logger: Logger
  ) throws -> Listening {
    let stores = assembled.stores
    let (audit, stream) = (stores.data.audit, assembled.watching.hub)
    return try Listening("--api", settings.api, mode: settings.socketMode, handed: settings.handed["api"]) {
      place, onBound in
      APIServer(
        host: settings.api.host, port: settings.api.port, at: place, control: assembled.host,
        operators: assembled.operators,
        logger: logger, version: Version.text,
        metrics: { await assembled.metrics(droppedLogLines: log.droppedLines) + metrics.render() },
        selfView: { await assembled.brief },
        audit: { event in
          try await BlockingPool.shared.run { try audit.append(event) }
          stream.notify()
        },
        allowed: settings.allow, proxies: settings.proxies, accessLog: settings.log.access, limits: shares.api,
        endpoints: assembled.endpoints, sights: assembled.routes,
        onBound: { address in
          onBound()
          stores.keys.apiIsBound(settings, port: address.port, logger: logger)
          welcome.apiIsBound(address)
        })
    }
  }

  private static func decisionPort(
    _ assembled: AssembledHost, _ settings: ServeSettings, _ shares: PortShares, _ welcome: Welcome,
    _ logger: Logger
  ) throws -> Listening {
    let policy = DecisionPortPolicy(
      origins: HostAndOriginPolicy(
        host: settings.decisions.host, port: settings.decisions.port, allowed: settings.allow),
      operators: assembled.operators, decisions: assembled.decisions, gate: assembled.governance.view.gate)
    return try Listening(
      "--decisions", settings.decisions, mode: settings.socketMode, handed: settings.handed["decisions"]
    ) { place, onBound in
      DecisionPort(
        host: settings.decisions.host, port: settings.decisions.port, at: place, acceptor: assembled.loops.next(),
        lanes: assembled.host.lanes, laneLoops: assembled.loops, policy: policy, limits: shares.decisions,
        proxies: settings.proxies, logger: logger,
        onBound: { address in
          onBound()
          welcome.decisionPortIsBound(address)
        })
    }
  }

  /// Runs services until a signal, or one fails; stops the last ones first. Returns why one failed.
  private static func serve(_ services: [any Service], _ logger: Logger) async -> (any Error)? {
    var configuration = ServiceGroupConfiguration(
      services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    configuration.maximumGracefulShutdownDuration = .seconds(30)
    do {
      try await ServiceGroup(configuration: configuration).run()
      return nil
    } catch {
      return error
    }
  }

  /// Installs the process's logger and metrics.
  private static func observe(_ settings: LogSettings) throws -> (Logger, PrometheusMetrics, LogQueue) {
    let log = try LogQueue(STDERR_FILENO, notice: settings.notice)
    LoggingSystem.bootstrap(
      { settings.handler(label: $0, provider: $1, queue: log) },
      metadataProvider: Logger.MetadataProvider {
        let members = Correlation.current?.members ?? []
        return Logger.Metadata(members.map { ($0.name, "\($0.value)") }) { first, _ in first }
      })
    let metrics = PrometheusMetrics(build: [("version", Version.text), ("lua", ThreadStack.luaVersion)])
    MetricsSystem.bootstrap(metrics)
    return (Logger(label: "cascade"), metrics, log)
  }
}
