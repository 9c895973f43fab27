import Core
import Cryptography
import Decisions
import FoundationEssentials
import Logging
@testable import Server
import Synchronization
import Tokens

/// An operator with a token, and the guard that takes it; all of a test run have one ring, so that it is made once.
struct OperatorFixture: Sendable {
  /// Revocations that last as long as the tests.
  final class Revocations: RevokedTokens {
    private let identities = Mutex<Set<Identifier>>([])
    func isRevoked(_ identity: Identifier) -> Bool { identities.withLock { $0.contains(identity) } }
    func revoke(_ identity: Identifier, expiry: Int64) { _ = identities.withLock { $0.insert(identity) } }
  }

  /// A ring whose file is gone: the issuer has it in memory.
  static let issuer = Result {
    let data = FileManager.default.temporaryDirectory.appending(path: "operator-\(SecureRandom.word())").path
    defer { try? FileManager.default.removeItem(atPath: data) }
    let now = WallClock.milliseconds()
    return try Issuer(name: "http://127.0.0.1:8080", ring: KeyDirectory(data: data).ring, now: now)
  }

  /// The token.
  let secret: String
  /// Takes it.
  let guarding: OperatorGuard
  /// What the guard refuses.
  let revoked = Revocations()

  /// A new token. Stops when the ring can't be made.
  init() {
    do {
      let issuer = try Self.issuer.get()
      secret = try TokenMinter(issuer).mint(
        .operator, subject: "tester", now: WallClock.milliseconds()
      ).text
      guarding = OperatorGuard(AccessVerifier(issuer, revoked: revoked), logger: Logger(label: "operators"))
    } catch {
      fatalError("no operator's token: \(error)")
    }
  }

  /// Another token of the same ring.
  static func token(
    _ purpose: TokenPurpose, lifetimeSeconds: Int64? = nil, now: Int64 = WallClock.milliseconds()
  ) throws -> MintedToken {
    try TokenMinter(issuer.get()).mint(purpose, subject: "anna", lifetimeSeconds: lifetimeSeconds, now: now)
  }
}
