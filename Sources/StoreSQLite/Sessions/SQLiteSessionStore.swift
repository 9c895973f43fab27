package import Citizens
package import Core
internal import GRDB

/// Sessions in one SQLite file, `sessions.sqlite`, which only its owner may read. What is written outlasts a power cut.
/// Holds hashes of refresh tokens, and no token.
package final class SQLiteSessionStore: SessionStore {
  private let file: StoreConnection

  /// The sessions in `directory`, which is made with mode 0700 when there is none. Blocks on the disk. Throws when the
  /// file can't be read or was written by a later version.
  package init(directory: String) throws(StoreError) {
    file = try StoreConnection("sessions", in: directory, SessionSchema.migrator)
  }

  /// Finishes what waits and closes the file.
  package func close() async { await file.close() }

  /// Why the file didn't take the last write that changed something; nil when it did. Never waits.
  package var writeProblem: StoreError.Code? { file.writeProblem }

  /// Raises the number that tells older copies of the file, if something was written since; see ``StoreAge``. Throws
  /// why that can't be written. O(1).
  package func raisedAge() async throws(StoreError) -> StoreAge? { try await file.raisedAge() }

  /// See ``SessionStore/begin(_:refresh:access:limit:now:)``. O(log sessions).
  package func begin(
    _ session: Session, refresh digest: [UInt8], access: IssuedAccessToken, limit: Int, now: Int64
  ) async throws(StoreError) {
    try session.checkName()
    try await file.write { database in
      try database.run("DELETE FROM sessions WHERE expiry <= ?", now)
      try database.run(
        """
        DELETE FROM sessions WHERE number IN (
          SELECT number FROM sessions WHERE citizen = ? ORDER BY number DESC LIMIT -1 OFFSET ?)
        """, session.citizen, max(0, limit - 1))
      try database.run(
        "INSERT INTO sessions (id, citizen, key, expiry, refreshes) VALUES (?, ?, ?, ?, 0)", session.id,
        session.citizen, session.key, session.expiry)
      try database.add(refresh: digest, access, to: session.id)
    }
  }

  /// See ``SessionStore/count(now:)``.
  package func count(now: Int64) async throws(StoreError) -> Int {
    try await file.read { database in
      try database.first("SELECT count(*) FROM sessions WHERE expiry > ?", now) { Int($0.integer(0)) } ?? 0
    }
  }

  /// See ``SessionStore/state(ofRefresh:now:)``. O(log refreshes).
  package func state(ofRefresh digest: [UInt8], now: Int64) async throws(StoreError) -> RefreshState {
    try await file.read { try $0.state(ofRefresh: digest, now: now) }
  }

  /// See ``SessionStore/rotate(_:to:access:limit:now:)``. O(log refreshes).
  package func rotate(
    _ old: [UInt8], to new: [UInt8], access: IssuedAccessToken, limit: Int, now: Int64
  ) async throws(StoreError) -> RefreshState {
    try await file.write { database in
      let before = try database.state(ofRefresh: old, now: now)
      guard case .current(let session) = before else { return before }
      if session.refreshes >= limit { return .unknown }
      try database.run("UPDATE refresh_tokens SET is_newest = 0 WHERE digest = ?", old)
      try database.run("UPDATE sessions SET refreshes = refreshes + 1 WHERE id = ?", session.id)
      try database.run("DELETE FROM access_tokens WHERE session = ? AND expiry <= ?", session.id, now / 1000)
      try database.add(refresh: new, access, to: session.id)
      return before
    }
  }

  /// See ``SessionStore/give(_:to:now:)``. O(log sessions).
  package func give(_ access: IssuedAccessToken, to session: Session, now: Int64) async throws(StoreError) -> Bool {
    try await file.write { database in
      let sql = "SELECT 1 FROM sessions WHERE id = ? AND expiry > ? AND refreshes = ?"
      guard try database.first(sql, session.id, now, session.refreshes, read: { _ in true }) != nil else {
        return false
      }
      try database.add(access, to: session.id)
      return true
    }
  }

  /// See ``SessionStore/session(given:)``. O(log sessions).
  package func session(given identity: Identifier) async throws(StoreError) -> Session? {
    try await file.read { database in
      let sql = """
        SELECT \(Session.columns) FROM access_tokens JOIN sessions ON sessions.id = access_tokens.session
        WHERE identity = ?
        """
      return try database.first(sql, identity) { try Session($0) }
    }
  }

  /// See ``SessionStore/end(_:now:)``. O(tokens of the session).
  package func end(_ session: Identifier, now: Int64) async throws(StoreError) -> [IssuedAccessToken] {
    try await file.write { database in
      let sql = "SELECT identity, expiry FROM access_tokens WHERE session = ? AND expiry > ?"
      let given = try database.all(sql, session, now / 1000) { row in
        IssuedAccessToken(identity: try row.identifier(0), expiry: row.integer(1))
      }
      try database.run("DELETE FROM sessions WHERE id = ?", session)
      return given
    }
  }
}

extension Database {
  /// Gives a session tokens; the refresh token is its newest.
  fileprivate func add(refresh digest: [UInt8], _ access: IssuedAccessToken, to session: Identifier) throws {
    try run("INSERT INTO refresh_tokens (digest, session, is_newest) VALUES (?, ?, 1)", digest, session)
    try add(access, to: session)
  }

  /// Gives a session an access token.
  fileprivate func add(_ access: IssuedAccessToken, to session: Identifier) throws {
    try run(
      "INSERT INTO access_tokens (identity, session, expiry) VALUES (?, ?, ?)", access.identity, session, access.expiry)
  }

  /// What is known of a refresh token.
  fileprivate func state(ofRefresh digest: [UInt8], now: Int64) throws -> RefreshState {
    let sql = """
      SELECT \(Session.columns), is_newest
      FROM refresh_tokens JOIN sessions ON sessions.id = refresh_tokens.session
      WHERE digest = ? AND sessions.expiry > ?
      """
    return try first(sql, digest, now) { row in
      let session = try Session(row)
      return row.integer(5) == 1 ? .current(session) : .reused(session)
    } ?? .unknown
  }
}

extension Session {
  fileprivate static let columns =
    "sessions.id, sessions.citizen, sessions.key, sessions.expiry, sessions.refreshes"

  /// The session of a row of ``columns``.
  fileprivate init(_ row: PlainRow) throws(StoreError) {
    self.init(
      id: try row.identifier(0), citizen: row.text(1), key: row.bytes(2), expiry: row.integer(3),
      refreshes: Int(row.integer(4)))
  }
}
