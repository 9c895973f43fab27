import Citizens
import Core
import Decisions
import Logging
import ServiceLifecycle
import StoreSQLite
import Tokens
import Venice

/// The assembled parts of signing in: keys, directory, sessions.
struct CitizenServices: Sendable {
  let authentication: CitizenAuthentication
  private let client: VeniceClient?
  private let sessions: SQLiteSessionStore

  /// Opens the sessions in the data directory. Throws for an unusable store or address of Venice.
  init(
    _ settings: ServeSettings, keys: HostKeys, decisions: any Decisions,
    measurements: any CitizenMeasurements, expiring: any ExpiringStore, logger: Logger
  ) throws {
    sessions = try SQLiteSessionStore(directory: DataDirectory.sessions(in: settings.data))
    let directory: any CitizenDirectory
    if settings.isDemo {
      client = nil
      directory = try SampleData.citizens()
    } else {
      let client = try VeniceAccess.client(logger)
      self.client = client
      directory = client
    }
    authentication = CitizenAuthentication(
      CitizenAuthentication.Ports(
        directory: directory, measurements: measurements, decisions: decisions, enrolled: keys.enrolled,
        minter: TokenMinter(keys.issuer), revoked: keys.revoked, sessions: sessions,
        expiring: expiring),
      logger: logger)
  }

  /// Closes connections and files.
  func close() async {
    await client?.close()
    await sessions.close()
  }
}
