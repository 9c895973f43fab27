package import Core

/// What is known of a refresh token.
package enum RefreshState: Sendable, Equatable {
  /// The newest of its session.
  case current(Session)
  /// Another one has replaced it: somebody uses it a second time.
  case reused(Session)
  /// None of a session that goes on.
  case unknown
}

extension Session {
  /// Throws when the name can't be kept by every store: at a zero byte, SQLite ends a text.
  package func checkName() throws(StoreError) {
    if citizen.has("\0") { throw StoreError(.io, "a citizen's name holds a zero byte") }
  }
}

/// Where sessions are kept. Each call is one transaction, and what changes something returns when that outlasts a power
/// cut. Times are milliseconds since 1970.
package protocol SessionStore: Sendable {
  /// Begins a session with its first refresh and access token. Ends those of the citizen over `limit`, the oldest
  /// first, and forgets what is over.
  func begin(
    _ session: Session, refresh digest: [UInt8], access: IssuedAccessToken, limit: Int, now: Int64
  ) async throws(StoreError)
  /// What is known of the refresh token with this hash.
  func state(ofRefresh digest: [UInt8], now: Int64) async throws(StoreError) -> RefreshState
  /// Replaces the refresh token of hash `old` by that of hash `new`, if it is its session's newest: what `old` was
  /// before. A session that was refreshed `limit` times already is unknown.
  func rotate(
    _ old: [UInt8], to new: [UInt8], access: IssuedAccessToken, limit: Int, now: Int64
  ) async throws(StoreError) -> RefreshState
  /// Gives a session another access token, if it goes on and was refreshed as often as `session` says. Whether it was.
  func give(_ access: IssuedAccessToken, to session: Session, now: Int64) async throws(StoreError) -> Bool
  /// The session that was given the access token of this `jti`; nil when there is none, or it has ended.
  func session(given identity: Identifier) async throws(StoreError) -> Session?
  /// Ends a session: none of its refresh tokens is known any more. Gives the access tokens that haven't expired.
  func end(_ session: Identifier, now: Int64) async throws(StoreError) -> [IssuedAccessToken]
  /// How many sessions go on at `now`, milliseconds since 1970. O(sessions).
  func count(now: Int64) async throws(StoreError) -> Int
}
