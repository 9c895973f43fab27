package import Core
internal import Cryptography
package import Decisions
package import Logging
internal import Synchronization
package import Tokens

/// Lets citizens in who prove who they are: challenge, signature, Venice, rules, token.
///
/// Every way in ends in the same chain: the key is the citizen's now, Venice knows the citizen now, the rules of the
/// generation that serves now say what they may.
package final class CitizenAuthentication: Sendable {
  /// What it works with.
  package struct Ports: Sendable {
    /// Who the citizens are.
    package var directory: any CitizenDirectory
    /// How they were measured.
    package var measurements: any CitizenMeasurements
    /// Makes `tier.assign` and `access.grant`, in one generation.
    package var decisions: any Decisions
    /// Keys that override wallets.
    package var enrolled: EnrolledKeys
    /// Who makes access tokens.
    package var minter: TokenMinter
    /// The tokens that were revoked.
    package var revoked: any RevokedTokens
    /// Where sessions are kept.
    package var sessions: any SessionStore
    /// Where challenges wait for their answer.
    package var expiring: any ExpiringStore

    package init(
      directory: any CitizenDirectory, measurements: any CitizenMeasurements, decisions: any Decisions,
      enrolled: EnrolledKeys, minter: TokenMinter, revoked: any RevokedTokens, sessions: any SessionStore,
      expiring: any ExpiringStore
    ) {
      self.directory = directory
      self.measurements = measurements
      self.decisions = decisions
      self.enrolled = enrolled
      self.minter = minter
      self.revoked = revoked
      self.sessions = sessions
      self.expiring = expiring
    }
  }

  let ports: Ports
  let verifier: AccessVerifier
  let limits: AuthenticationLimits
  let logger: Logger
  /// The wall clock: milliseconds since 1970.
  let now: @Sendable () -> Int64
  /// What refresh tokens are made with; of this process alone, as only what was replaced a moment ago is made twice.
  let refreshKey = HMACKey(Secret(SecureRandom.bytes(32)), .sha256)
  /// One refresh of a session at a time.
  let turns = Turns()
  let grace: Mutex<RefreshGrace>
  private let pace: RefusalPace

  /// Lets in by these ports. `pace` and `now`, in milliseconds since 1970, are for tests.
  package init(
    _ ports: Ports, limits: AuthenticationLimits = AuthenticationLimits(), logger: Logger,
    pace: RefusalPace = RefusalPace(),
    now: @escaping @Sendable () -> Int64 = { WallClock.milliseconds() }
  ) {
    self.ports = ports
    verifier = AccessVerifier(ports.minter.issuer, revoked: ports.revoked)
    self.limits = limits
    self.logger = logger
    self.pace = pace
    self.now = now
    grace = Mutex(RefreshGrace(life: limits.graceMilliseconds, limit: limits.graces))
  }

  /// A challenge for whoever has this name; made alike for a name that nobody has. Throws for what can't be a name.
  package func challenge(for username: String) async throws(AuthenticationRefusal) -> Challenge {
    guard IdentityProof.accepts(username: username, limit: limits.usernameBytes) else {
      throw .invalidName("a username has 1 to \(limits.usernameBytes) bytes and no control characters")
    }
    let nonce = Base64URL.text(SecureRandom.bytes(32))
    try await keeping { () async throws(StoreError) in
      try await ports.expiring.put(
        Array(username.utf8), under: Self.key(nonce), for: .milliseconds(limits.challengeMilliseconds))
    }
    return Challenge(
      nonce: nonce, issuer: ports.minter.issuer.name, expiresInSeconds: limits.challengeMilliseconds / 1000)
  }

  /// Lets a citizen in who signed the challenge. `signature` is in base64url. The nonce is used up whatever comes out.
  package func signIn(
    username: String, nonce: String, signature: String
  ) async throws(AuthenticationRefusal) -> IssuedAccess {
    let name = try await keeping { () async throws(StoreError) in try await ports.expiring.take(Self.key(nonce)) }
    guard let name, name.elementsEqual(username.utf8) else {
      throw .invalidProof("the nonce is not open for this name")
    }
    let message = IdentityProof.message(issuer: ports.minter.issuer.name, username: username, nonce: nonce)
    let (key, lookup) = try await pace.evenly(limits.refusalStep) { () async throws(AuthenticationRefusal) in
      try await prove(username, signature, message)
    }
    let citizen = try Self.present(lookup, username)
    var generator = IdentifierGenerator()
    let session = Session(
      id: generator.next(), citizen: username, key: key.ed25519Bytes, expiry: now() + limits.sessionMilliseconds)
    let issued = try await issue(citizen, refresh: RefreshToken(refreshKey, family: session.id, number: 0))
    try await keeping { () async throws(StoreError) in
      try await ports.sessions.begin(
        session, refresh: issued.refresh.digest, access: issued.given(now()), limit: limits.sessions, now: now())
    }
    return issued
  }

  /// The key that made the signature, and what Venice says of its owner. Throws when it is nobody's of this name.
  ///
  /// Whoever has the name, or nobody, the same is done: Venice is asked anew, and one signature is held against one
  /// key. So neither the steps nor their number tell who has a key enrolled here, or whom Venice knows.
  private func prove(
    _ username: String, _ signature: String, _ message: [UInt8]
  ) async throws(AuthenticationRefusal) -> (VerificationKey, CitizenLookup) {
    let lookup = await ports.directory.citizen(named: username, .anew)
    let wallet = try Self.wallet(lookup)
    // Overrides the wallet.
    let key = ports.enrolled.key(of: username) ?? wallet
    let isValid = (key ?? Self.nobody)?.isValid(Base64URL.bytes(signature) ?? [], for: message) ?? false
    guard let key, isValid else {
      throw .invalidProof("the signature does not hold, or there is no key to hold it against")
    }
    return (key, lookup)
  }

  /// A key that nobody holds, for names without one.
  private static let nobody = try? SigningKey.generate(.edDSA).publicKey

  /// Under what a challenge waits; the nonce itself is kept nowhere.
  private static func key(_ nonce: String) -> ExpiringKey {
    ExpiringKey(.challenges, Hexadecimal.text(SHA256.hash(Array(nonce.utf8))))
  }

  /// Asks the rules and makes an access token, to go out with this refresh token.
  func issue(_ citizen: Citizen, refresh: RefreshToken) async throws(AuthenticationRefusal) -> IssuedAccess {
    let measurement = await ports.measurements.measurement(of: citizen.username)
    var level = measurement?["level"] ?? 0
    if level.number == nil { level = 0 }
    let grant: AccessGrant
    do throws(DecisionFailure) {
      let decisions = AccessDecisions(decisions: ports.decisions, reruns: limits.reruns)
      grant = try await decisions.grant(citizen, level: level)
    } catch {
      throw .decision(error)
    }
    do throws(TokenError) {
      let access = try ports.minter.mint(
        .access, claims: grant.claims, subject: citizen.username, lifetimeSeconds: grant.lifetimeSeconds,
        grant: TokenGrant(generation: grant.generation, decision: grant.decision), now: now())
      return IssuedAccess(access: access, refresh: refresh, grant: grant, citizen: citizen)
    } catch {
      throw .unavailable("no token can be made of what \(AccessDecisions.access) gives: \(error.reason)")
    }
  }

  /// The citizen, if Venice knows them and they are there.
  static func present(_ lookup: CitizenLookup, _ name: String) throws(AuthenticationRefusal) -> Citizen {
    switch lookup {
    case .citizen(let citizen): return citizen
    case .notInVenice: throw .notInVenice(name)
    case .notFound: throw .notFound(name)
    case .unavailable(let why): throw .directory(why)
    }
  }

  /// The key of the wallet, present or not; nil when there is none.
  static func wallet(_ lookup: CitizenLookup) throws(AuthenticationRefusal) -> VerificationKey? {
    switch lookup {
    case .citizen(let citizen), .notInVenice(let citizen): return citizen.wallet.flatMap(IdentityProof.key(wallet:))
    case .notFound: return nil
    case .unavailable(let why): throw .directory(why)
    }
  }

  /// Runs `body`; what keeps sessions from being kept goes to the log.
  func keeping<Value>(
    _ body: () async throws(StoreError) -> Value
  ) async throws(AuthenticationRefusal) -> Value {
    do throws(StoreError) {
      return try await body()
    } catch {
      logger.error("sessions or challenges can't be kept: \(error)")
      throw .unavailable("sessions can't be kept; the server's log says why")
    }
  }
}

extension IssuedAccess {
  /// What a revocation names, for a token made at `now`.
  func given(_ now: Int64) -> IssuedAccessToken {
    IssuedAccessToken(identity: access.identity, expiry: now / 1000 + access.expiresInSeconds)
  }
}
