import CascadeHost
import Logging
import ServiceLifecycle
import Tokens

/// What a host has in the folder of keys: the ring it signs with, the keys enrolled for citizens, what was revoked.
struct HostKeys: Sendable {
  /// The folder.
  let directory: KeyDirectory
  /// Whose name stands in tokens; set once the port is known.
  let issuer: Issuer
  /// Keys that override wallets.
  let enrolled: EnrolledKeys
  /// Tokens that are over before their time.
  let revoked: RevocationFile
  /// Signs checkpoints of the ledger.
  let checkpoints: RingCheckpointSigner

  /// Opens the folder in the data directory, which gets a first key when it has none. Throws what is wrong with it.
  init(_ settings: ServeSettings) throws(TokenError) {
    directory = try KeyDirectory(data: settings.data)
    let now = IdentifierGenerator.nowMilliseconds()
    issuer = try Issuer(name: Self.givenName ?? settings.api.link(), file: directory.ring, now: now)
    enrolled = try EnrolledKeys(directory)
    revoked = try RevocationFile(directory, now: now)
    checkpoints = RingCheckpointSigner(issuer, keeping: CheckpointKeys(directory))
  }

  /// Takes the issuer's name from the port that the system chose, unless one was given, and keeps it for the commands
  /// beside the host.
  func apiIsBound(_ settings: ServeSettings, port: Int?, logger: Logger) {
    if Self.givenName == nil, let port { issuer.name = settings.api.link(bound: port) }
    do throws(TokenError) {
      try directory.keep(issuer: issuer.name)
    } catch {
      logger.error("the issuer's name can't be kept: \(error.reason)")
    }
  }

  private static var givenName: String? { Environment.value("ISSUER") }
}

/// Reads keys, enrolments and revocations again when another process has changed them.
struct KeyFileService: Service {
  /// How often it looks.
  static let interval = Duration.seconds(1)

  let keys: HostKeys
  let logger: Logger

  func run() async throws {
    for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() {
      let now = IdentifierGenerator.nowMilliseconds()
      do throws(TokenError) {
        _ = try keys.issuer.refresh(now: now)
        _ = try keys.enrolled.refresh()
        _ = try keys.revoked.refresh(now: now)
      } catch {
        logger.error("the folder of keys can't be read: \(error.reason)")
      }
    }
  }
}
