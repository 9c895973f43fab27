import Citizens
import Commerce
import Console
import Core
import Decisions
import Governance
import Logging
import LuaRuntime
import NIOCore
import NIOPosix
import Observability
import Rulebook
import Server
import ServiceLifecycle
import Tokens

/// A host put together on its stores: the second of three steps to one that serves.
struct AssembledHost: Sendable {
  let stores: OpenStores
  /// The loops of the lanes, on which the decision port serves, too.
  let loops: MultiThreadedEventLoopGroup
  let host: Host
  let decisions: HostDecisions
  let operators: OperatorGuard
  let console: ConsoleAccess
  let governance: GovernanceBook
  private let settings: ServeSettings
  private let logger: Logger
  private let committing: CommittingDecisions
  private let course: GovernanceCourse
  private let budgets: ObjectiveBudgets
  private let notes: LedgerNotes
  private let measurements: Measurements
  private let health = PartHealth()
  /// The routes of the API port, and which of them are asked for.
  let routes = RouteSights()
  private let figure = OwnFigure()
  private let moves: TrustMoves
  private let citizens: CitizenServices
  private let money: PaymentServices
  /// What an author tries without changing anything.
  private let workbench: RulebookWorkbench
  /// What watches the host: its stream of events, and the model it has of itself.
  let watching: WatchingServices
  private let history: HistoryServices

  /// Loads the rulebook and makes everything that asks it. Throws what is wrong with the rulebook or a setting.
  init(_ settings: ServeSettings, on stores: OpenStores, _ logger: Logger) async throws {
    self.settings = settings
    self.stores = stores
    notes = LedgerNotes(
      stores.ledger, signedBy: try NoteKey(ledger: stores.ledger.ledgerID, stores.keys.note))
    self.logger = logger
    let (keys, ledger, records) = (stores.keys, stores.ledger, stores.records)
    operators = OperatorGuard(AccessVerifier(keys.issuer, revoked: keys.revoked), logger: logger)
    console = ConsoleAccess(TokenMinter(keys.issuer), codes: stores.expiring)
    let hostCalls = HostCallSights()
    let reads = HostReads(balances: ledger.balances, graph: stores.graph, sights: hostCalls)
    // A lane's calls nest deeper than the usual stack of a thread; create the loops' threads after this.
    try ThreadStack.setDefault()
    loops = MultiThreadedEventLoopGroup(numberOfThreads: settings.laneCount ?? System.coreCount)
    governance = try await settings.governance.book(ledger)
    let findings = SelfCheckFindings()
    let host = try await Host(
      directory: settings.rulebook, rulebooks: stores.rulebooks, loops: Array(loops.makeIterator()), reads: reads,
      runSpecs: settings.runsSpecs, governance: governance.view, isStrict: settings.isStrict,
      fleet: Self.member(settings, stores, governance.view, figure),
      storageProblem: { stores.problem ?? findings.unreadiness }, doubt: { [health] in health.doubt ?? stores.doubt })
    self.host = host
    try await host.lanes.keepRecords(RecordKeeping(settings.records, in: records))
    committing = try CommittingDecisions(
      ledger: ledger, reader: reads, tokens: MintedTokens(TokenMinter(keys.issuer)),
      generation: { host.generation }, sights: hostCalls,
      observer: { await records.append($0, patience: RecordLimits.patience) })
    let decisions = HostDecisions(
      lanes: LaneDecisions(host.lanes), committing: committing, gate: governance.view.gate,
      lease: host.fleet?.lease, generation: { host.generation }, noteQuestion: { host.noteQuestion($0) })
    self.decisions = decisions
    workbench = RulebookWorkbench(
      host, stores.rulebooks, reads: HostReads(balances: ledger.balances, graph: stores.graph),
      records: stores.decisionRecords, ledger: ledger)
    let budgets = ObjectiveBudgets(host, logger) { await decisions.statistics }
    self.budgets = budgets
    course = GovernanceCourse(
      governance, host, rulebooks: stores.rulebooks, version: HostVersion(Version.text),
      refusesStale: settings.governance.refusesStale
    ) { await budgets.reason() }
    try await course.begin()
    let facts = OwnFacts(
      findings: findings, health: health, routes: routes, hostCalls: hostCalls,
      backups: BackupSight(stores.data.audit)
    ) { await decisions.statistics }
    measurements = Measurements(decisions)
    moves = TrustMoves(stores.graph, by: decisions)
    citizens = try CitizenServices(settings, stores, decisions: decisions, measurements: measurements, logger: logger)
    let quotes = Quotes(decisions, measurements: measurements, seal: QuoteSeal(keys.issuer))
    do {
      money = try PaymentServices(settings, stores, quotes: quotes, decisions: decisions, logger: logger)
      watching = try WatchingServices(
        settings, host, stores, citizens: citizens, money: money, facts: facts, figure: figure, logger)
      history = HistoryServices(settings, host, stores, stream: watching.hub, logger)
      await history.begin()
    } catch {
      await citizens.close()
      throw error
    }
  }

  /// This host among those that share its store; nil for one by itself. Under governance nothing stale is answered,
  /// unless the settings say otherwise.
  private static func member(
    _ settings: ServeSettings, _ stores: OpenStores, _ governance: GovernanceView, _ figure: OwnFigure
  ) -> FleetMember? {
    let usual = governance.inForce == nil ? FleetLimits.staleAfter : .zero
    return stores.fleet?.member(
      data: settings.data, staleAfter: settings.staleAfter.map { .seconds($0) } ?? usual
    ) { figure.value }
  }

  /// The routes of the API port, but for those that every host has.
  var endpoints: [Endpoint] {
    Endpoint.ledger(stores.ledger, records: stores.records, signer: stores.keys.checkpoints, notes: notes)
      + Endpoint.records(stores.decisionRecords) { [history] in try await history.verdict(of: $0) }
      + [Endpoint.pruning { [stores] in try await stores.prune(before: $0, requester: $1) }]
      + Endpoint.graph(stores.graph, measurements: measurements, moves: moves)
      + Endpoint.authentication(citizens.authentication, limiter: stores.rates)
      + money.endpoints(citizens.authentication, operators: operators)
      + Endpoint.governance(governance, course, limiter: stores.rates)
      + watching.endpoints(citizens.authentication, operators: operators) + history.endpoints
      + [Endpoint.objectives { [budgets] in await budgets.report() }]
      + Endpoint.wellKnown(stores.keys.issuer) + Endpoint.console(console, operators: operators)
      + Endpoint.workbench(workbench) + Endpoint.ledgerLists(stores.ledger, notes: notes)
      + Endpoint.settings(SettingsDesk(settings, stores))
  }

  /// What runs as long as the host, its ports among them; the last one is stopped first.
  func services(with ports: [any Service]) -> [any Service] {
    let first: [any Service] = [
      HostDataService(stores: stores, logger: logger),
      LedgerSweep(ledger: stores.ledger, turns: turns, logger: logger),
      KeyFileService(keys: stores.keys, health: health, logger: logger),
      CheckpointService(
        stores.ledger, records: stores.records, keys: stores.keys, data: settings.data, health: health, logger: logger),
      Retention(stores: stores, turns: turns, keptMilliseconds: settings.keepsRecords, logger: logger),
      TrustDecay(moves: moves, ledger: stores.ledger, turns: turns, logger: logger),
      GovernanceService(course: course, budgets: budgets, logger: logger),
      AlarmWatch(host: host, budgets: budgets, stream: watching.hub),
      QuietMemory(),
    ]
    let life: [any Service] =
      settings.isDemo && !settings.isQuiet
      ? [DemoLife(decisions: decisions, ledger: stores.ledger, measurements: measurements, logger: logger)] : []
    let reloads = ReloadService(host: host, settings: settings, audit: stores.data.audit, logger: logger)
    return first + sharedServices + ports + life + [reloads]
      + watching.services
      + money.services
  }

  /// What follows the other hosts; nothing for a host that shares no store.
  private var sharedServices: [any Service] {
    guard let redis = stores.redis, let fleet = stores.fleet, let member = host.fleet,
      let payments = stores.sharedPayments
    else { return [] }
    let shipper = RecordShipper(stores.records, to: fleet.records, host: fleet.name)
    return [
      FleetService(
        member: member, host: GovernedFollowing(host, governance, logger: logger), logger: logger),
      RecordShipping(shipper: shipper, fleet: fleet, logger: logger),
      SharedFollowing(ledger: stores.ledger, graph: stores.graph, redis: redis, logger: logger),
      PaymentFollowing(payments, stores.payments.steps, stores.notices, logger),
    ]
  }

  /// Whose turn it is at what is done once for all hosts.
  private var turns: any WorkTurns { stores.fleet?.turns ?? OwnWork() }

  /// What anybody may know of how the host sees itself, and the others.
  var brief: JSON {
    get async {
      guard case .object(var brief) = await watching.brief, let member = host.fleet else { return await watching.brief }
      brief.append("fleet", await FleetView(member: member).brief)
      return .object(brief)
    }
  }

  /// The host's own metrics as Prometheus reads them.
  func metrics(droppedLogLines: Int) async -> String {
    let figures = await HostFigures(stores, health, rulebookWorks: host.status.lastReloadProblems.isEmpty)
    return LaneMetrics.render(await decisions.statistics, host.status) + GovernanceMetrics.render(governance.view)
      + HostMetrics.render(figures.parts, figures.readings, droppedLogLines: droppedLogLines)
  }

  /// Finishes the decisions under way and closes connections; the stores stay open.
  func stop() async {
    host.beginStop()
    await committing.stop()
    await money.close()
    await citizens.close()
    await history.close()
    await watching.close()
  }
}
