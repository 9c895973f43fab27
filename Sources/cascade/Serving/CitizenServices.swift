import CascadeHost
import CascadeServer
import Core
import Cryptography
import Logging
import ServiceLifecycle
import SessionsSQLite
import Tokens
import Venice

/// What lets citizens in, put together: keys, directory, sessions.
struct CitizenServices: Sendable {
  /// Who lets in.
  let authentication: CitizenAuthentication
  private let client: VeniceClient?
  private let sessions: SQLiteSessionStore

  /// Opens the sessions in the data directory. Throws what is wrong with them, or with the address of Venice.
  init(
    _ settings: ServeSettings, keys: HostKeys, deciding: any EffectfulDeciding,
    measurements: any CitizenMeasurements, logger: Logger
  ) throws {
    sessions = try SQLiteSessionStore(directory: DataDirectory.sessions(in: settings.data))
    let directory: any CitizenDirectory
    if settings.isDemo {
      client = nil
      directory = try SampleData.citizens()
    } else {
      let client = try Self.venice(logger)
      self.client = client
      directory = client
    }
    authentication = CitizenAuthentication(
      CitizenAuthentication.Ports(
        directory: directory, measurements: measurements, deciding: deciding, enrolled: keys.enrolled,
        minter: TokenMinter(keys.issuer), revoked: keys.revoked, sessions: sessions),
      logger: logger)
  }

  /// Ends connections and closes files.
  func close() async {
    await client?.close()
    sessions.close()
  }

  /// The client of Venice, at `CASCADE_VENICE_URL`, with the key `CASCADE_VENICE_KEY`.
  private static func venice(_ logger: Logger) throws -> VeniceClient {
    do throws(VeniceFailure) {
      let transport = try HTTPTransport(
        baseURL: Environment.value("VENICE_URL") ?? VeniceClient.address,
        key: Environment.value("VENICE_KEY").map { Secret($0.utf8) })
      return VeniceClient(transport, logger: logger)
    } catch {
      throw ReadingError(message: error.reason)
    }
  }
}
