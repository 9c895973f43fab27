import CascadeHost
import Logging
import NIOPosix
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
    issuer = try Issuer(name: settings.issuer ?? settings.api.link(), file: directory.ring, now: now)
    enrolled = try EnrolledKeys(directory)
    revoked = try RevocationFile(directory, now: now)
    checkpoints = RingCheckpointSigner(issuer, keeping: CheckpointKeys(directory))
  }

  /// Takes in what other processes have changed, and the steps of the ring whose time has come. Waits for the disk.
  func refresh() throws(TokenError) {
    let now = IdentifierGenerator.nowMilliseconds()
    _ = try issuer.refresh(now: now)
    _ = try enrolled.refresh()
    _ = try revoked.refresh(now: now)
  }

  /// Takes the issuer's name from the port that the system chose, unless one was given, and keeps it for the commands
  /// beside the host.
  func apiIsBound(_ settings: ServeSettings, port: Int?, logger: Logger) {
    if settings.issuer == nil, let port { issuer.name = settings.api.link(bound: port) }
    do throws(TokenError) {
      try directory.keep(issuer: issuer.name)
    } catch {
      logger.error("the issuer's name can't be kept: \(error.reason)")
    }
  }
}

/// Reads keys, enrolments and revocations again when another process has changed them.
struct KeyFileService: Service {
  /// How often it looks.
  static let interval = Duration.seconds(1)

  let keys: HostKeys
  let logger: Logger

  func run() async throws {
    for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() {
      do {
        // It waits for the disk, which the threads that serve must not.
        try await NIOThreadPool.singleton.runIfActive { try keys.refresh() }
      } catch {
        logger.error("the folder of keys can't be read: \(error)")
      }
    }
  }
}
