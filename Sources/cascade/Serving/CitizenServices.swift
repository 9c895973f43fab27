import Citizens
import Core
import Decisions
import Logging
import StoreSQLite
import Tokens
import Venice

/// The assembled parts of signing in: keys, directory, sessions.
struct CitizenServices: Sendable {
  let authentication: CitizenAuthentication
  private let client: VeniceClient?

  /// Throws for an unusable address of Venice.
  init(
    _ settings: ServeSettings, _ stores: OpenStores, decisions: any Decisions, measurements: any CitizenMeasurements,
    logger: Logger
  ) throws {
    let keys = stores.keys
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
        minter: TokenMinter(keys.issuer), revoked: keys.revoked, sessions: stores.sessions,
        expiring: stores.expiring),
      logger: logger)
  }

  /// Closes the connections to Venice.
  func close() async { await client?.close() }
}
