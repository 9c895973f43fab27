internal import Core
internal import Cryptography
internal import Logging
internal import Platform
internal import Synchronization
package import Tokens

extension CitizenAuthentication {
  /// Goes on with a session: the refresh token is replaced, and Venice and the rules are asked again. A token that was
  /// replaced before ends its session, and every access token it was given is revoked; but for the last one, which
  /// `client` may send again for a few seconds, as two tabs of a browser do, and is given the same next one.
  ///
  /// `client` tells one client from another, by its address; nil when that isn't known. When Venice or the rules don't
  /// answer, the token stays good.
  package func refresh(_ text: String, by client: String? = nil) async throws(AuthenticationRefusal) -> IssuedAccess {
    guard let token = RefreshToken(text) else { throw .invalidToken("this is no refresh token") }
    let digest = token.digest
    let session = try await session(of: digest, by: client)
    let lookup = await ports.directory.citizen(named: session.citizen, .fresh)
    let key: VerificationKey?
    if let enrolled = ports.enrolled.key(of: session.citizen) { key = enrolled } else { key = try Self.wallet(lookup) }
    let citizen = try Self.present(lookup, session.citizen)
    guard let key, key.ed25519Bytes == session.key else {
      try await end(session.id)
      throw .invalidToken("the key that began the session is no longer the citizen's")
    }
    let next = RefreshToken(refreshKey, family: session.id, number: session.refreshes + 1)
    var issued = try await issue(citizen, refresh: next)
    let access = issued.given(now())
    issued.refresh = try await turns.take(session.id) { () async throws(AuthenticationRefusal) in
      try await replace(digest, by: client, with: next, access)
    }
    return issued
  }

  /// The session of the refresh token with this hash, if `client` may refresh it.
  private func session(of digest: [UInt8], by client: String?) async throws(AuthenticationRefusal) -> Session {
    let state = try await keeping { () async throws(StoreError) in
      try await ports.sessions.state(ofRefresh: digest, now: now())
    }
    guard case .reused(let session) = state else { return try await current(state) }
    // Whoever replaced it may not have said so yet.
    return try await turns.take(session.id) { () async throws(AuthenticationRefusal) in
      mayRepeat(session, digest, client) ? session : try await current(state)
    }
  }

  /// Replaces a refresh token by the next; or, for a client that did so a moment ago, gives that one again. Only in the
  /// session's turn.
  private func replace(
    _ digest: [UInt8], by client: String?, with next: RefreshToken, _ access: IssuedAccessToken
  ) async throws(AuthenticationRefusal) -> RefreshToken {
    let before = try await keeping { () async throws(StoreError) in
      try await ports.sessions.rotate(digest, to: next.digest, access: access, limit: limits.refreshes, now: now())
    }
    if case .reused(let session) = before, mayRepeat(session, digest, client) {
      let isGiven = try await keeping { () async throws(StoreError) in
        try await ports.sessions.give(access, to: session, now: now())
      }
      if isGiven { return RefreshToken(refreshKey, family: session.id, number: session.refreshes) }
    }
    // Another client may have been faster with the same token; then nobody gets what was made here.
    let session = try await current(before)
    grace.withLock { $0.note(session.id, replaced: digest, by: client, now: now()) }
    return next
  }

  private func mayRepeat(_ session: Session, _ digest: [UInt8], _ client: String?) -> Bool {
    grace.withLock { $0.allows(session.id, repeating: digest, by: client, now: now()) }
  }

  /// Ends the session that this access token belongs to, and revokes the token. Throws when it doesn't hold.
  package func signOut(access: String) async throws(AuthenticationRefusal) {
    let token = try verify(access)
    guard let identity = token.identity.flatMap({ Identifier($0) }) else {
      throw .invalidToken("the token has no id")
    }
    try await revoke(IssuedAccessToken(identity: identity, expiry: token.expiry))
    let session = try await keeping { () async throws(StoreError) in
      try await ports.sessions.session(given: identity)
    }
    if let session { try await end(session.id) }
  }

  /// Ends the session that this refresh token belongs to, whether it is the newest or not. Throws when there is none.
  package func signOut(refresh text: String) async throws(AuthenticationRefusal) {
    guard let token = RefreshToken(text) else { throw .invalidToken("this is no refresh token") }
    let state = try await keeping { () async throws(StoreError) in
      try await ports.sessions.state(ofRefresh: token.digest, now: now())
    }
    switch state {
    case .current(let session), .reused(let session): try await end(session.id)
    case .unknown: throw .invalidToken("the refresh token is not known")
    }
  }

  /// The token, if it holds and is a citizen's. Throws otherwise. From memory.
  package func verify(_ access: String) throws(AuthenticationRefusal) -> VerifiedToken {
    do throws(TokenError) {
      let token = try verifier.verify(access.utf8, now: now())
      guard token.claims["purpose"]?.string == TokenPurpose.access.rawValue else {
        throw TokenError("the token is no citizen's")
      }
      return token
    } catch {
      throw .invalidToken(error.reason)
    }
  }

  /// The session, if the token is its newest; one that was replaced ends it.
  private func current(_ state: RefreshState) async throws(AuthenticationRefusal) -> Session {
    switch state {
    case .current(let session): return session
    case .unknown: throw .invalidToken("the refresh token is not known")
    case .reused(let session):
      logger.warning("a refresh token was used twice; its session ends", metadata: ["session": "\(session.id)"])
      try await end(session.id)
      throw .invalidToken("the refresh token was used before")
    }
  }

  private func end(_ session: Identifier) async throws(AuthenticationRefusal) {
    let given = try await keeping { () async throws(StoreError) in
      try await ports.sessions.end(session, now: now())
    }
    for access in given { try await revoke(access) }
  }

  private func revoke(_ access: IssuedAccessToken) async throws(AuthenticationRefusal) {
    let revoked = ports.revoked
    do {
      // It waits for the disk, which the threads that serve must not.
      try await BlockingPool.shared.run { try revoked.revoke(access.identity, expiry: access.expiry) }
    } catch {
      logger.error("a token can't be revoked: \(error)")
      throw .unavailable("the token can't be revoked; the server's log says why")
    }
  }
}
