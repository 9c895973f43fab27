import Citizens
import Core
import Cryptography
import Decisions
import Foundation
import Hummingbird
import Ledger
import Logging
import LuaRuntime
import Rulebook
@testable import Server
import StoreSQLite
import Synchronization
import TestSupport
import Testing
import Tokens
import TrustGraph

/// Signing in over HTTP, with the shipped rules, a directory the test chooses, and time that only a test moves.
final class AuthenticationFixture: Sendable {
  static let issuer = "http://127.0.0.1:8080"

  let api: APIFixture
  let enrolled: EnrolledKeys
  let authentication: CitizenAuthentication
  let issuer: Issuer
  let store: MemoryLedgerStore
  private let folder: String
  private let decisions: CommittingDecisions
  private let box: GenerationBox
  private let keepsFolder = Mutex(false)
  let time: ManualTime

  /// Time that stands still unless moved.
  final class ManualTime: Sendable {
    let milliseconds = Mutex<Int64>(1_700_000_000_000)
    let instant = Mutex(ContinuousClock.now)
    /// How long refused proofs were made to wait; nobody waits really.
    let waits = Mutex<[Duration]>([])
  }

  /// With `rules`, asks those in place of its own. With `data`, goes on with what an earlier fixture kept there; else
  /// in a folder of its own.
  init(
    _ directory: any CitizenDirectory, measurements: any CitizenMeasurements = NoMeasurements(), data: String? = nil,
    rates: AuthenticationRateLimits = AuthenticationRateLimits(), rules: (any Decisions)? = nil,
    proxies: TrustedProxies = .none
  ) throws {
    let folder = data ?? FileManager.default.temporaryDirectory.appending(path: "auth-\(UUID().uuidString)").path()
    self.folder = folder
    let time = ManualTime()
    self.time = time
    let now: @Sendable () -> Int64 = { time.milliseconds.withLock { $0 } }
    let instant: @Sendable () -> ContinuousClock.Instant = { time.instant.withLock { $0 } }
    let keys = try KeyDirectory(data: folder)
    let issuer = try Issuer(name: Self.issuer, ring: keys.ring, now: now())
    self.issuer = issuer
    enrolled = try EnrolledKeys(keys)
    let box = GenerationBox(try Self.generation(1))
    self.box = box
    store = MemoryLedgerStore(time: TimeSource(wall: { now() * 1_000_000 }, boot: { now() * 1_000_000 }))
    var limits = EffectLimits()
    limits.run.deadline = .seconds(120)
    decisions = try CommittingDecisions(
      store: store, reader: HostReads(), limits: limits, generation: { box.current })
    authentication = CitizenAuthentication(
      CitizenAuthentication.Ports(
        directory: directory, measurements: measurements, decisions: rules ?? decisions, enrolled: enrolled,
        minter: TokenMinter(issuer), revoked: try RevocationList(keys, now: now()),
        sessions: try SQLiteSessionStore(directory: folder + "/sessions"),
        expiring: MemoryExpiringStore(now: instant)),
      logger: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() },
      pace: RefusalPace(now: instant, sleep: { wait in time.waits.withLock { $0.append(wait) } }), now: now)
    api = APIFixture(
      endpoints: Endpoint.authentication(
        authentication, rates: rates,
        limiter: MemoryRateLimiter(limit: AuthenticationRateLimits.held, now: instant)) + Endpoint.wellKnown(issuer),
      proxies: proxies)
  }

  deinit { if !keepsFolder.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: folder) } }

  /// The folder, which outlasts this fixture.
  func leaveData() -> String {
    keepsFolder.withLock { $0 = true }
    return folder
  }

  /// Milliseconds since 1970, by the time that only a test moves.
  var now: @Sendable () -> Int64 {
    let time = time
    return { time.milliseconds.withLock { $0 } }
  }

  /// Lets time pass.
  func advance(_ duration: Duration) {
    time.milliseconds.withLock { $0 += Int64(duration / .milliseconds(1)) }
    time.instant.withLock { $0 += duration }
  }

  /// Changes the rules as a reload does: `old` becomes `new` in a file.
  func change(_ file: String, _ old: String, to new: String, number: Int) throws {
    box.current = try Self.generation(number) { files in
      let text = String(decoding: files[file] ?? [], as: UTF8.self)
      #expect(text.contains(old))
      files[file] = Array(text.replacing(old, with: new).utf8)
    }
  }

  /// Takes a plugin away.
  func remove(plugin: String, number: Int) throws {
    box.current = try Self.generation(number) { files in
      files = files.filter { !$0.key.text.hasPrefix("plugins/\(plugin)/") }
    }
  }

  private static let shipped = Result {
    try RulebookLoader.read(directory: Checkout.directory).files
  }

  private static func generation(
    _ number: Int, _ change: (inout [ExactText: [UInt8]]) -> Void = { _ in }
  ) throws -> Generation {
    var files = try shipped.get()
    change(&files)
    let rulebook = try RulebookLoader.load(RulebookSnapshot(files: files), runSpecs: false)
    return Generation(number: number, rulebook: rulebook, activatedMilliseconds: 0)
  }

  // MARK: Asking

  /// Sends a body to `/v1/auth/…`.
  func post(_ path: String, _ body: JSON?, bearer: String? = nil) async throws -> Reply {
    try await api.ask(.post, "/v1/auth/" + path, Self.fields(bearer), body: body?.bytes)
  }

  /// `GET /v1/auth/me`
  func me(_ bearer: String?) async throws -> Reply { try await api.ask(.get, "/v1/auth/me", Self.fields(bearer)) }

  private static func fields(_ bearer: String?) -> [String: String] {
    bearer.map { ["authorization": "Bearer " + $0] } ?? [:]
  }

  /// A nonce for a name.
  func nonce(_ username: String) async throws -> String {
    let reply = try await post("challenge", ["username": .string(username)])
    #expect(reply.status == 200, "\(reply.text)")
    return try #require(reply.json["nonce"]?.string)
  }

  /// Asks for tokens with a signature over these parts.
  func token(
    _ username: String, _ key: SigningKey, nonce: String, signedName: String? = nil, issuer: String = issuer
  ) async throws -> Reply {
    let message = IdentityProof.message(issuer: issuer, username: signedName ?? username, nonce: nonce)
    return try await token(username, nonce, Base64URL.text(try key.signature(of: message)))
  }

  /// Asks for tokens.
  func token(_ username: String, _ nonce: String, _ signature: String) async throws -> Reply {
    try await post(
      "token", ["username": .string(username), "nonce": .string(nonce), "signature": .string(signature)])
  }

  /// Challenge, signature, tokens.
  func signIn(_ username: String, _ key: SigningKey) async throws -> Reply {
    try await token(username, key, nonce: try await nonce(username))
  }

  /// Refreshes.
  func refresh(_ token: JSON?) async throws -> Reply { try await post("refresh", ["refresh_token": token ?? .null]) }
}

/// The generation that decides.
private final class GenerationBox: Sendable {
  private let box: Mutex<Generation>
  init(_ generation: Generation) { box = Mutex(generation) }
  var current: Generation {
    get { box.withLock { $0 } }
    set { box.withLock { $0 = newValue } }
  }
}

/// A citizen's key, its wallet, and a directory in which the citizen lives.
struct CitizenKey {
  let key: SigningKey
  let wallet: String

  init() throws {
    key = try SigningKey.generate(.edDSA)
    guard case .ed25519(let bytes) = key.publicKey.material else { throw CryptographyError("no Ed25519 key") }
    wallet = Base58.text(bytes)
  }
}

/// A directory that a test changes.
final class ChangingDirectory: CitizenDirectory {
  let answers = Mutex<[String: CitizenLookup]>([:])
  let asked = Mutex(0)

  /// The questions for citizens, one after the other.
  let steps = Mutex<[String]>([])
  /// Runs while the directory is asked.
  let delay = Mutex<@Sendable () -> Void>({})

  func put(_ name: String, _ lookup: CitizenLookup) { answers.withLock { $0[name] = lookup } }

  func citizen(named username: String, _ freshness: LookupFreshness) async -> CitizenLookup {
    asked.withLock { $0 += 1 }
    steps.withLock { $0.append("asked \(freshness)") }
    delay.withLock { $0 }()
    return answers.withLock { $0[username] } ?? .notFound
  }

  func relationships() async throws(DirectoryUnavailable) -> RelationshipList {
    RelationshipList([], isTruncated: false)
  }

  func relationship(
    between first: String, and second: String
  ) async throws(DirectoryUnavailable) -> Relationship? { nil }
}
