import Citizens
import Commerce
import Console
import Core
import Decisions
import Ledger
import Logging
import LuaRuntime
import Metrics
import NIOCore
import NIOPosix
import Observability
import Platform
import Rulebook
import Server
import ServiceLifecycle
import StoreSQLite
import Tokens
import TrustGraph
import UnixSignals

/// Assembles a host and runs it until a signal stops it.
enum ServingHost {
  /// Runs a host and returns after a graceful stop. Throws when the host can't start.
  static func run(_ settings: ServeSettings) async throws {
    let (logger, metrics) = observe()
    let data = try HostData(settings, logger: logger)
    let keys = try HostKeys(settings, known: data.revoked)
    let operators = OperatorGuard(AccessVerifier(keys.issuer, revoked: keys.revoked), logger: logger)
    let expiring = MemoryExpiringStore()
    let console = ConsoleAccess(TokenMinter(keys.issuer), codes: expiring)
    let graph = try await openGraph(settings)
    let (ledger, records) = try await openLedger(settings, data, keys, logger)
    let reads = HostReads(balances: ledger.balances, graph: graph)
    // A lane's calls nest deeper than the usual stack of a thread; create the loops' threads after this.
    try ThreadStack.setDefault()
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: settings.laneCount ?? System.coreCount)
    let rulebooks = try FileRulebookStore(directory: settings.data)
    let governance = try await settings.governance.book(ledger)
    let host = try await Host(
      directory: settings.rulebook, rulebooks: rulebooks, loops: Array(loops.makeIterator()), reads: reads,
      runSpecs: settings.runsSpecs, governance: governance.view, isStrict: settings.isStrict,
      storageProblem: { storageProblem(records, ledger, keys) })
    try await host.lanes.keepRecords(RecordKeeping(settings.records, in: records))
    let welcome = try await Welcome(settings: settings, status: host.status, console: console)
    let committing = try CommittingDecisions(
      ledger: ledger, reader: reads, tokens: MintedTokens(TokenMinter(keys.issuer)),
      generation: { host.generation }, observer: { await records.append($0, patience: RecordLimits.patience) })
    let decisions = HostDecisions(
      lanes: LaneDecisions(host.lanes), committing: committing, gate: governance.view.gate,
      generation: { host.generation }, noteQuestion: { host.noteQuestion($0) })
    let course = GovernanceCourse(
      governance, host, rulebooks: rulebooks, refusesStale: settings.governance.refusesStale)
    let measurements = Measurements(decisions)
    let moves = TrustMoves(graph, by: decisions)
    let citizens = try CitizenServices(
      settings, keys: keys, decisions: decisions, measurements: measurements, expiring: expiring, logger: logger)
    let quotes = Quotes(decisions, measurements: measurements, seal: QuoteSeal(keys.issuer))
    let money = try await closing(citizens) {
      try PaymentServices(settings, quotes: quotes, decisions: decisions, ledger: ledger, logger: logger)
    }
    let decisionPort = decisionPort(
      settings, loops, host.lanes, operators, decisions, governance.view.gate, welcome, logger)
    let endpoints =
      Endpoint.ledger(ledger, records: records, signer: keys.checkpoints)
      + Endpoint.records(DecisionRecords(ledger: ledger, log: records.reader))
      + Endpoint.graph(graph, measurements: measurements, moves: moves)
      + Endpoint.authentication(citizens.authentication)
      + money.endpoints(citizens.authentication, operators: operators)
      + Endpoint.governance(governance, course, limiter: MemoryRateLimiter(limit: GovernanceSettings.heldAddresses))
      + Endpoint.wellKnown(keys.issuer) + Endpoint.console(console)
    let api = api(settings, endpoints, host, operators, keys, welcome, logger, audit: data.audit) {
      LaneMetrics.render(await host.lanes.statistics(), host.status) + GovernanceMetrics.render(governance.view)
        + HostMetrics.render(parts(host, ledger, records, keys)) + metrics.render()
    }
    let services: [any Service] = [
      HostDataService(data: data, keys: keys, logger: logger),
      LedgerSweep(ledger: ledger, logger: logger), KeyFileService(keys: keys, logger: logger),
      CheckpointService(ledger, records: records, keys: keys, data: settings.data, logger: logger),
      TrustDecay(moves: moves, logger: logger), GovernanceService(course: course, logger: logger), decisionPort, api,
      ReloadService(host: host, settings: settings, logger: logger),
    ]
    // What was opened is closed, whether a signal ended the services or one of them failed.
    let failure = await serve(services + money.services, logger)
    host.beginStop()
    await committing.stop()
    await money.close()
    await citizens.close()
    let loss = await close(records, ledger, graph)
    data.end(keys, records: records.count)
    try await loops.shutdownGracefully()
    if let failure { throw failure }
    if let loss { throw loss }
  }

  /// Calls `body`; closes `citizens` when it throws.
  private static func closing<Value>(_ citizens: CitizenServices, _ body: () throws -> Value) async throws -> Value {
    do {
      return try body()
    } catch {
      await citizens.close()
      throw error
    }
  }

  private static func api(
    _ settings: ServeSettings, _ endpoints: [Endpoint], _ host: Host, _ operators: OperatorGuard, _ keys: HostKeys,
    _ welcome: Welcome, _ logger: Logger, audit: AuditLog, metrics: @escaping @Sendable () async -> String
  ) -> Listening {
    Listening("--api", settings.api) { onBound in
      APIServer(
        host: settings.api.host, port: settings.api.port, control: host, operators: operators, logger: logger,
        version: Version.text, metrics: metrics,
        audit: { event in try await BlockingPool.shared.run { try audit.append(event) } },
        allowed: settings.allow, endpoints: endpoints,
        onBound: { address in
          onBound()
          keys.apiIsBound(settings, port: address.port, logger: logger)
          welcome.apiIsBound(address)
        })
    }
  }

  private static func decisionPort(
    _ settings: ServeSettings, _ loops: MultiThreadedEventLoopGroup, _ lanes: LaneGroup, _ operators: OperatorGuard,
    _ decisions: HostDecisions, _ gate: SuspensionGate?, _ welcome: Welcome, _ logger: Logger
  ) -> Listening {
    let policy = DecisionPortPolicy(
      origins: HostAndOriginPolicy(
        host: settings.decisions.host, port: settings.decisions.port, allowed: settings.allow),
      operators: operators, decisions: decisions, gate: gate)
    return Listening("--decisions", settings.decisions) { onBound in
      DecisionPort(
        host: settings.decisions.host, port: settings.decisions.port, acceptor: loops.next(), lanes: lanes,
        laneLoops: loops, policy: policy, logger: logger,
        onBound: { address in
          onBound()
          welcome.decisionPortIsBound(address)
        })
    }
  }

  /// Closes each store by itself, because a disk that refuses records must not keep the ledger open. Returns the
  /// losses.
  private static func close(
    _ records: RecordLog, _ ledger: FollowedLedger, _ graph: LiveGraph
  ) async -> StoreError? {
    async let loss = records.close()
    await ledger.close()
    await graph.close()
    return await loss
  }

  /// The reason why the host can't store decisions; nil when it can. Anybody may read it, so it names no path.
  private static func storageProblem(
    _ records: RecordLog, _ ledger: FollowedLedger, _ keys: HostKeys
  ) -> String? {
    if !keys.revoked.isReadable { return "the list of revoked tokens can't be read, so no token is taken" }
    if !ledger.isWritable { return "the ledger stopped writing after a failed write; restart the host" }
    return records.problem.map { _ in "decision records can't be written; the host's log says why" }
  }

  /// Whether each part of the host works, for its metric.
  private static func parts(
    _ host: Host, _ ledger: FollowedLedger, _ records: RecordLog, _ keys: HostKeys
  ) -> [(name: String, works: Bool)] {
    [
      ("ledger", ledger.isWritable), ("records", records.problem == nil), ("revocations", keys.revoked.isReadable),
      ("rulebook", host.status.lastReloadProblems.isEmpty),
    ]
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
  private static func observe() -> (Logger, PrometheusMetrics) {
    LoggingSystem.bootstrap(VisibleLog.standardError, metadataProvider: nil)
    let metrics = PrometheusMetrics(build: [("version", Version.text), ("lua", ThreadStack.luaVersion)])
    MetricsSystem.bootstrap(metrics)
    return (Logger(label: "cascade"), metrics)
  }

  /// Opens the ledger and the log of records, which must have what an earlier host had.
  private static func openLedger(
    _ settings: ServeSettings, _ data: HostData, _ keys: HostKeys, _ logger: Logger
  ) async throws -> (FollowedLedger, RecordLog) {
    let store = try SQLiteLedgerStore(directory: DataDirectory.ledger(in: settings.data))
    logger.info("ledger on SQLite \(store.sqliteVersion)")
    let ledger = try await FollowedLedger(store)
    let records = try RecordLog(directory: DataDirectory.records(in: settings.data), logger: logger)
    do {
      try await data.check(ledger, records, keys: keys)
    } catch {
      await records.close()
      await ledger.close()
      throw error
    }
    return (ledger, records)
  }

  /// The graph in the data directory, or for a demonstration the sample graph in memory.
  private static func openGraph(_ settings: ServeSettings) async throws -> LiveGraph {
    guard settings.isDemo else {
      return try await LiveGraph(try SQLiteRelationshipStore(directory: DataDirectory.graph(in: settings.data)))
    }
    let graph = try await LiveGraph(MemoryRelationshipStore())
    _ = try await graph.apply(try SampleData.relationships())
    return graph
  }
}
