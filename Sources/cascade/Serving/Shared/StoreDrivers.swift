import Citizens
import Commerce
import Core
import Ledger
import Logging
import StorePostgres
import StoreSQLite
import Tokens
import TrustGraph

/// A store that is closed at the end.
protocol ClosingStore: Sendable {
  /// Finishes what waits and lets go of what it holds.
  func close() async
  /// Why it didn't take the last write that changed something; nil when it did.
  var writeProblem: StoreError.Code? { get }
  /// How old its file is, after what was written is seen from it; nil when it has none. Throws why it can't say so.
  func raisedAge() async throws(StoreError) -> StoreAge?
}

extension ClosingStore {
  func raisedAge() async throws(StoreError) -> StoreAge? { nil }
}

extension SQLiteSessionStore: ClosingStore {}
extension SQLitePaymentStore: ClosingStore {}
extension PostgresSessionStore: ClosingStore {}
extension PostgresPaymentStore: ClosingStore {}
extension SQLiteRelationshipStore: ClosingStore {}
extension PostgresRelationshipStore: ClosingStore {}

/// Opens the stores of a host: files in its data directory, or the database that it shares with others.
struct StoreDrivers {
  let settings: ServeSettings
  let logger: Logger

  private var shared: SharedStore? { settings.shared }

  /// The documents of keys.
  func keys() throws -> any KeyStore {
    guard let shared else { return try KeyDirectory(data: settings.data) }
    return try PostgresKeyStore(shared.address, host: shared.host, key: shared.key)
  }

  /// The ledger of accounts, entries and holds.
  func ledger() throws -> any LedgerStore {
    guard let shared else {
      let store = try SQLiteLedgerStore(directory: DataDirectory.ledger(in: settings.data))
      logger.info("ledger on SQLite \(store.sqliteVersion)")
      return store
    }
    let store = try PostgresLedgerStore(shared.address, host: shared.host)
    logger.info("ledger on \(shared.address), this host is \(shared.host)")
    return store
  }

  /// Who trusts whom; of a demonstration that shares nothing, in memory.
  func relationships() throws -> any RelationshipStore {
    if let shared { return try PostgresRelationshipStore(shared.address, host: shared.host) }
    if settings.isDemo { return MemoryRelationshipStore() }
    return try SQLiteRelationshipStore(directory: DataDirectory.graph(in: settings.data))
  }

  /// The sessions of citizens.
  func sessions() throws -> any SessionStore & ClosingStore {
    if let shared { return try PostgresSessionStore(shared.address, host: shared.host) }
    return try SQLiteSessionStore(directory: DataDirectory.sessions(in: settings.data))
  }

  /// Payments, and credits that wait for Venice, of a host that shares them; else nil.
  func sharedPayments() throws -> PostgresPaymentStore? {
    try shared.map { try PostgresPaymentStore($0.address, host: $0.host) }
  }

  /// The same of a host that shares none.
  func ownPayments() throws -> any PaymentStore & ClosingStore {
    try SQLitePaymentStore(directory: DataDirectory.payments(in: settings.data))
  }

  /// Throws when the database is another use's than this host's. Does nothing for a host that shares none.
  func checkUse() throws {
    guard let shared else { return }
    let use = settings.isDemo ? "demo" : "live"
    let found = try Installation(shared.address).mark(use)
    if found == use { return }
    throw ReadingError(
      message: found == "demo"
        ? "\(shared.address) holds a demonstration's data, which never reach the network: start with --demo, or choose "
          + "another --store"
        : "\(shared.address) holds the network's data, and a demonstration must not touch them: start without --demo, "
          + "or choose another --store")
  }
}
