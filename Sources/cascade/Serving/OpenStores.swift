import Citizens
import Core
import Decisions
import Ledger
import Logging
import Observability
import Rulebook
import StoreSQLite
import Tokens
import TrustGraph

/// What a host keeps, opened: the first of three steps to a host that serves.
struct OpenStores: Sendable {
  let data: HostData
  let keys: HostKeys
  let graph: LiveGraph
  let ledger: FollowedLedger
  /// The log of decisions without effects.
  let records: RecordLog
  let rulebooks: FileRulebookStore
  let sessions: ObservedSessions
  let payments: ObservedPayments
  /// What the parts of the host asked of one another.
  let tally: CallTally
  private let sessionStore: SQLiteSessionStore
  private let paymentStore: SQLitePaymentStore
  /// What ends soon, such as challenges and codes.
  let expiring = MemoryExpiringStore()

  /// Locks the data directory and opens what is in it, which must be what an earlier host had. Throws what is missing
  /// or can't be opened.
  init(_ settings: ServeSettings, _ logger: Logger) async throws {
    data = try HostData(settings, logger: logger)
    keys = try HostKeys(settings, known: data.revoked, tokensFrom: data.tokensFrom)
    tally = CallTally()
    graph = try await Self.graph(settings, tally)
    (ledger, records) = try await Self.ledger(settings, data, keys, logger)
    do {
      rulebooks = try FileRulebookStore(directory: settings.data)
      sessionStore = try SQLiteSessionStore(directory: DataDirectory.sessions(in: settings.data))
      paymentStore = try SQLitePaymentStore(directory: DataDirectory.payments(in: settings.data))
      sessions = ObservedSessions(sessions: sessionStore, tally: tally)
      payments = ObservedPayments(payments: paymentStore, tally: tally)
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
    return await loss
  }

  /// Removes full segments of records that were all made before `milliseconds`, some at a time.
  func prune(before milliseconds: Int64, requester: String) async throws -> PrunedRecords {
    try await records.prune(before: milliseconds, in: ledger, requester: requester)
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

  /// The reason why the host can't store decisions; nil when it can. Anybody may read it, so it names no path.
  var problem: String? {
    if !keys.revoked.isReadable { return "the list of revoked tokens can't be read, so no token is taken" }
    if !ledger.isWritable { return "the ledger stopped writing after a failed write; restart the host" }
    return records.problem.map { _ in "decision records can't be written; the host's log says why" }
  }

  /// Opens the ledger and the log of records, which must have what an earlier host had.
  private static func ledger(
    _ settings: ServeSettings, _ data: HostData, _ keys: HostKeys, _ logger: Logger
  ) async throws -> (FollowedLedger, RecordLog) {
    let store = try SQLiteLedgerStore(directory: DataDirectory.ledger(in: settings.data))
    logger.info("ledger on SQLite \(store.sqliteVersion)")
    let ledger = try await FollowedLedger(store)
    let records: RecordLog
    do {
      let directory = DataDirectory.records(in: settings.data)
      let anchors = try await RecordReader(directory: directory).anchors(in: ledger)
      records = try RecordLog(directory: directory, anchors: anchors, logger: logger)
    } catch {
      await ledger.close()
      throw error
    }
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
  private static func graph(_ settings: ServeSettings, _ tally: CallTally) async throws -> LiveGraph {
    guard settings.isDemo else {
      let store = try SQLiteRelationshipStore(directory: DataDirectory.graph(in: settings.data))
      return try await LiveGraph(ObservedRelationships(relationships: store, tally: tally))
    }
    let graph = try await LiveGraph(MemoryRelationshipStore())
    _ = try await graph.apply(try SampleData.relationships())
    return graph
  }
}
