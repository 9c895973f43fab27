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
  /// Whose name stands in tokens; set once the port is known.
  let issuer: Issuer
  /// Who lets in.
  let authentication: CitizenAuthentication
  /// Keeps up with what other processes change in the folder of keys.
  let keyFiles: KeyFileService
  private let client: VeniceClient?
  private let sessions: SQLiteSessionStore

  /// Opens everything in the data directory. Throws what is wrong with it, or with the address of Venice.
  init(
    _ settings: ServeSettings, deciding: any EffectfulDeciding, measurements: any CitizenMeasurements, logger: Logger
  ) throws {
    let keys = try KeyDirectory(data: settings.data)
    let now = IdentifierGenerator.nowMilliseconds()
    let name = Environment.value("ISSUER") ?? settings.api.link()
    issuer = try Issuer(name: name, file: keys.ring, now: now)
    let enrolled = try EnrolledKeys(keys)
    let revoked = try RevocationFile(keys, now: now)
    keyFiles = KeyFileService(issuer: issuer, enrolled: enrolled, revoked: revoked, logger: logger)
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
        directory: directory, measurements: measurements, deciding: deciding, enrolled: enrolled,
        minter: TokenMinter(issuer), revoked: revoked, sessions: sessions),
      logger: logger)
  }

  /// Tells the issuer the port that the system chose.
  func apiIsBound(_ settings: ServeSettings, port: Int?) {
    guard Environment.value("ISSUER") == nil, let port else { return }
    issuer.name = settings.api.link(bound: port)
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

/// Reads keys, enrolments and revocations again when another process has changed them.
struct KeyFileService: Service {
  /// How often it looks.
  static let interval = Duration.seconds(1)

  let issuer: Issuer
  let enrolled: EnrolledKeys
  let revoked: RevocationFile
  let logger: Logger

  func run() async throws {
    for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() {
      let now = IdentifierGenerator.nowMilliseconds()
      do throws(TokenError) {
        _ = try issuer.refresh(now: now)
        _ = try enrolled.refresh()
        _ = try revoked.refresh(now: now)
      } catch {
        logger.error("the folder of keys can't be read: \(error.reason)")
      }
    }
  }
}
