internal import Core
import Cryptography
import Decisions
import Logging
import Platform
import ServiceLifecycle
import Tokens

/// A host's documents of keys: the signing ring, the enrolled keys, the revocations.
struct HostKeys: Sendable {
  let directory: any KeyStore
  /// The issuer of tokens; its name is set once the port is known.
  let issuer: Issuer
  /// The enrolled keys, which override wallets.
  let enrolled: EnrolledKeys
  /// The tokens revoked before they expire.
  let revoked: RevocationList
  /// The signer of ledger checkpoints.
  let checkpoints: RingCheckpointSigner
  /// The key that signs checkpoints as notes.
  let note: SigningKey

  /// Reads the documents in `store` and creates a first key if there is none. Throws when they can't be used, or
  /// revoked
  /// tokens that were `known` before are lost. Tokens from before `tokensFrom`, seconds since 1970, don't count.
  init(
    _ store: any KeyStore, _ settings: ServeSettings, known: [Int64: Int], tokensFrom: Int64
  ) throws(TokenError) {
    directory = store
    let now = WallClock.milliseconds()
    issuer = try Issuer(
      name: settings.issuer ?? settings.api.link(), ring: directory.ring, tokensFrom: tokensFrom, now: now)
    enrolled = try EnrolledKeys(directory)
    // A database may be away for a moment; the disk is not.
    revoked = try RevocationList(
      directory, known: known, now: now, patience: settings.shared == nil ? .zero : Self.patience)
    checkpoints = RingCheckpointSigner(issuer, keeping: CheckpointKeys(directory))
    note = try StoredNoteKey(directory).current()
  }

  /// How long the revocations that are known count while those of a shared database can't be read.
  private static let patience = Duration.seconds(30)

  /// Reads other processes' changes and takes the ring's due steps, each by itself. Waits for the disk.
  func refresh() throws(TokenError) {
    let now = WallClock.milliseconds()
    var problem: TokenError?
    do throws(TokenError) { _ = try issuer.refresh(now: now) } catch { problem = error }
    do throws(TokenError) { _ = try enrolled.refresh() } catch { problem = problem ?? error }
    do throws(TokenError) { _ = try revoked.refresh(now: now) } catch { problem = problem ?? error }
    if let problem { throw problem }
  }

  /// Takes the issuer's name that the first of the hosts had, or is the first.
  private func agreeOnIssuer() throws(TokenError) {
    var agreed = issuer.name
    let own = agreed
    try directory.change(.issuer) { (bytes) throws(TokenError) in
      if let bytes { agreed = String(decoding: bytes, as: UTF8.self) }
      return bytes == nil ? Array(own.utf8) : nil
    }
    issuer.name = agreed
  }

  /// Sets the issuer's name from the bound port, unless an option named it, and writes it for the commands beside the
  /// host.
  func apiIsBound(_ settings: ServeSettings, port: Int?, logger: Logger) {
    if settings.issuer == nil, let port { issuer.name = settings.api.link(bound: port) }
    do throws(TokenError) {
      // Hosts that share their keys sign in one name: the first one's, unless an option says another.
      if settings.shared != nil, settings.issuer == nil {
        try agreeOnIssuer()
        return
      }
      try directory.keep(issuer: issuer.name)
    } catch {
      logger.error("the issuer's name can't be written: \(error.reason)")
    }
  }
}

/// Reads keys, enrolments and revocations again after another process changed them.
struct KeyFileService: Service {
  /// How often it looks.
  static let interval = Duration.seconds(1)

  let keys: HostKeys
  let health: PartHealth
  let logger: Logger

  func run() async throws {
    for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() {
      do {
        // Runs on a thread of its own, because serving threads must not wait for the disk.
        try await BlockingPool.shared.run { try keys.refresh() }
        health.keys(areRead: true)
      } catch {
        health.keys(areRead: false)
        logger.error("the folder of keys can't be read: \(error)")
      }
    }
  }
}
