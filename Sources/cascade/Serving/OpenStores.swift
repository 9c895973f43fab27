import Citizens
import Commerce
import Core
import Decisions
import Ledger
import Logging
import Observability
import Rulebook
import Server
import StorePostgres
import StoreSQLite
import Tokens
import TrustGraph

/// What a host keeps, opened: the first of three steps to a host that serves.
struct OpenStores: Sendable {
  let data: HostData
  let keys: HostKeys
  let graph: LiveGraph
  /// Where the graph is kept; nil when that is memory.
  private let graphStore: (any ClosingStore)?
  let ledger: LedgerProjection
  /// The log of decisions without effects.
  let records: RecordLog
  let rulebooks: any RulebookStore
  let sessions: ObservedSessions
  let payments: ObservedPayments
  /// What the parts of the host asked of one another.
  let tally: CallTally
  private let sessionStore: any SessionStore & ClosingStore
  private let paymentStore: any PaymentStore & ClosingStore
  /// The payments that other hosts work on, too; nil when there are none.
  let sharedPayments: PostgresPaymentStore?
  /// What the host shares with others; nil when all of it is in its data directory.
  let shared: SharedStore?
  /// What those hosts know of each other; nil as above.
  let fleet: FleetStores?
  /// What it shares through a Redis, if there is one; nil as above.
  let redis: SharedRedis?
  /// What ends soon, such as challenges and codes.
  let expiring: any ExpiringStore
  /// Tells this host, and those that share its store, what is new.
  let notices: any Notices
  /// Counts what callers may do how often.
  let rates: any RateLimiter

  /// Locks the data directory and opens what is in it, which must be what an earlier host had, or what the host shares.
  /// Throws what is missing or can't be opened.
  init(_ settings: ServeSettings, _ logger: Logger) async throws {
    data = try HostData(settings, logger: logger)
    tally = CallTally()
    shared = settings.shared
    let drivers = StoreDrivers(settings: settings, logger: logger)
    try drivers.checkUse()
    keys = try HostKeys(try drivers.keys(), settings, known: data.revoked, tokensFrom: data.tokensFrom)
    let hosts = LivingHosts()
    redis = try settings.shared.map { try SharedRedis($0, among: hosts, logger) }
    expiring = redis?.expiring ?? MemoryExpiringStore()
    notices = redis?.notices ?? MemoryNotices()
    rates = redis?.rates ?? MemoryRateLimiter(limit: AuthenticationRateLimits.held)
    (graph, graphStore) = try await Self.graph(drivers, tally, notices)
    (ledger, records, fleet) = try await Self.ledger(drivers, data, keys, hosts, logger)
    do {
      rulebooks = try fleet?.archived(in: settings.data) ?? FileRulebookStore(directory: settings.data)
      sessionStore = try drivers.sessions()
      sharedPayments = try drivers.sharedPayments()
      paymentStore = try sharedPayments ?? drivers.ownPayments()
      sessions = ObservedSessions(sessions: sessionStore, tally: tally)
      payments = ObservedPayments(
        payments: paymentStore, tally: tally, steps: PaymentSteps(), notices: notices)
      try await data.takeClock(ledger, graph)
    } catch {
      await records.close()
      await ledger.close()
      throw error
    }
  }

  /// Closes each store by itself, because a disk that refuses records must not keep the ledger open. Returns the
  /// losses.
  func close() async -> StoreError? {
    await paymentStore.close()
    await sessionStore.close()
    async let loss = records.close()
    await ledger.close()
    await graph.close()
    await redis?.close()
    let lost = await loss
    await fleet?.close()
    return lost
  }

  /// The records of all decisions, those of other hosts among them.
  var decisionRecords: DecisionRecords {
    DecisionRecords(ledger: ledger, log: records.reader, stored: fleet?.records)
  }

  /// Removes full segments of records that were all made before `milliseconds`, some at a time; of a host that shares a
  /// store, records from there, since its own segments go when they are stored.
  func prune(before milliseconds: Int64, requester: String) async throws -> PrunedRecords {
    guard let stored = fleet?.records else {
      return try await records.prune(before: milliseconds, in: ledger, requester: requester)
    }
    let pruned = try await StoredPruning(stored, ledger: ledger, requester: requester).prune(before: milliseconds)
    if !pruned.isUnfinished { try await stored.removeDays(before: milliseconds) }
    return pruned
  }

  /// Why sessions can't be read; nil when they can.
  func sessionProblem() async -> String? {
    await Self.problem { () async throws(StoreError) in
      _ = try await sessionStore.session(given: Identifier(high: 0, low: 0))
    }.map { "sessions can't be read: \($0)" }
  }

  /// Why payments can't be read; nil when they can.
  func paymentProblem() async -> String? {
    await Self.problem { () async throws(StoreError) in
      _ = try await paymentStore.payment(Identifier(high: 0, low: 0))
    }.map { "payments can't be read: \($0)" }
  }

  private static func problem(_ read: () async throws(StoreError) -> Void) async -> StoreError.Code? {
    do throws(StoreError) {
      try await read()
      return nil
    } catch {
      return error.code
    }
  }

  /// Why stores that aren't the ledger's or the records' didn't take their last write, by name; none when all did.
  var writeProblems: [(store: String, code: StoreError.Code)] {
    [
      ("sessions", sessionStore.writeProblem), ("payments", paymentStore.writeProblem),
      ("graph", graphStore?.writeProblem),
    ].compactMap { name, code in code.map { (name, $0) } }
  }

  /// How old the databases beside the ledger are, after what was written is seen from it; without those that can't be
  /// written.
  func raisedAges() async -> [DataPart: StoreAge] {
    var ages: [DataPart: StoreAge] = [:]
    ages[.sessions] = try? await sessionStore.raisedAge()
    ages[.payments] = try? await paymentStore.raisedAge()
    ages[.graph] = try? await graphStore?.raisedAge()
    return ages
  }

  /// What is away or fails and lets the host go on, in a sentence that anybody may read; nil when nothing is.
  var doubt: String? {
    if let (store, code) = writeProblems.first { return "\(store): the last write failed: \(code.rawValue)" }
    return redis?.isAway == true ? "redis: away" : nil
  }

  /// The reason why the host can't store decisions; nil when it can. Anybody may read it, so it names no path.
  var problem: String? {
    if !keys.revoked.isReadable { return "the list of revoked tokens can't be read, so no token is taken" }
    if !ledger.isWritable { return "the ledger stopped writing after a failed write; restart the host" }
    return records.problem.map { _ in "decision records can't be written; the host's log says why" }
  }

  /// Opens the ledger and the log of records, which must have what an earlier host had.
  private static func ledger(
    _ drivers: StoreDrivers, _ data: HostData, _ keys: HostKeys, _ hosts: LivingHosts, _ logger: Logger
  ) async throws -> (LedgerProjection, RecordLog, FleetStores?) {
    let ledger = try await LedgerProjection(drivers.ledger())
    let records: RecordLog
    let fleet: FleetStores?
    var beginnings: [RecordAnchor] = []
    do {
      fleet = try drivers.settings.shared.map { try FleetStores($0, hosts) }
      let directory = DataDirectory.records(in: drivers.settings.data)
      var anchors = try await RecordReader(directory: directory).anchors(in: ledger)
      if let fleet {
        anchors = try await RecordShipper.anchors(
          anchors, in: fleet.records, host: fleet.name, directory: directory)
        beginnings = try await RecordShipper.beginnings(
          anchors, in: fleet.records, host: fleet.name, directory: directory)
      }
      records = try RecordLog(directory: directory, anchors: anchors, logger: logger)
    } catch {
      await ledger.close()
      throw error
    }
    do {
      try await data.check(ledger, records, keys: keys)
      for beginning in beginnings {
        _ = try await ledger.commit(Submission(beginning.statement(requester: Retention.requester)))
      }
    } catch {
      await records.close()
      await ledger.close()
      throw error
    }
    return (ledger, records, fleet)
  }

  /// The graph; of a demonstration with the sample of trust, which the first host brings.
  private static func graph(
    _ drivers: StoreDrivers, _ tally: CallTally, _ notices: any Notices
  ) async throws -> (LiveGraph, (any ClosingStore)?) {
    let store = try drivers.relationships()
    let isAlone = drivers.settings.isDemo && drivers.settings.shared == nil
    let graph = try await LiveGraph(
      isAlone ? store : ObservedRelationships(relationships: store, tally: tally, notices: notices))
    if drivers.settings.isDemo, graph.snapshot.edgeCount == 0 {
      _ = try await graph.apply(try SampleData.relationships())
    }
    return (graph, store as? any ClosingStore)
  }
}
