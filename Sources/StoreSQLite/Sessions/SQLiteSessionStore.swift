package import Citizens
package import Core
internal import Foundation
internal import GRDB

/// Sessions in one SQLite file, `sessions.sqlite`, which only its owner may read. One connection does everything, on a
/// queue of its own; what is written outlasts a power cut (`synchronous=FULL`). Holds hashes of refresh tokens, and no
/// token.
package final class SQLiteSessionStore: SessionStore {
  private let connection: DatabaseQueue

  /// The sessions in `directory`, which is made with mode 0700 when there is none. Blocks on the disk. Throws when the
  /// file can't be read or was written by a later version.
  package init(directory: String) throws(SessionStoreError) {
    var configuration = Configuration()
    configuration.label = "sessions"
    configuration.foreignKeysEnabled = true
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    do throws(PrivateDatabaseError) {
      connection = try PrivateDatabase.open("sessions.sqlite", in: directory, SessionSchema.migrator, configuration)
    } catch {
      throw SessionStoreError(error.message)
    }
  }

  /// Closes the file; do nothing afterwards.
  package func close() { try? connection.close() }

  /// See ``SessionStore/begin(_:refresh:access:limit:now:)``. O(log sessions).
  package func begin(
    _ session: Session, refresh digest: [UInt8], access: GivenAccess, limit: Int, now: Int64
  ) async throws(SessionStoreError) {
    try session.checkName()
    try await write { database in
      try database.execute(sql: "DELETE FROM sessions WHERE expiry <= ?", arguments: [now])
      try database.execute(
        sql: """
          DELETE FROM sessions WHERE number IN (
            SELECT number FROM sessions WHERE citizen = ? ORDER BY number DESC LIMIT -1 OFFSET ?)
          """, arguments: [session.citizen, max(0, limit - 1)])
      try database.execute(
        sql: "INSERT INTO sessions (id, citizen, key, expiry, refreshes) VALUES (?, ?, ?, ?, 0)",
        arguments: [Data(session.id.bytes), session.citizen, Data(session.key), session.expiry])
      try database.add(refresh: digest, access, to: session.id)
    }
  }

  /// See ``SessionStore/state(ofRefresh:now:)``. O(log refreshes).
  package func state(ofRefresh digest: [UInt8], now: Int64) async throws(SessionStoreError) -> RefreshState {
    try await write { try $0.state(ofRefresh: digest, now: now).state }
  }

  /// See ``SessionStore/rotate(_:to:access:limit:now:)``. O(log refreshes).
  package func rotate(
    _ old: [UInt8], to new: [UInt8], access: GivenAccess, limit: Int, now: Int64
  ) async throws(SessionStoreError) -> RefreshState {
    try await write { database in
      let (before, refreshes) = try database.state(ofRefresh: old, now: now)
      guard case .current(let session) = before else { return before }
      if refreshes >= limit { return .unknown }
      let id = Data(session.id.bytes)
      try database.execute(sql: "UPDATE refresh_tokens SET is_newest = 0 WHERE digest = ?", arguments: [Data(old)])
      try database.execute(sql: "UPDATE sessions SET refreshes = refreshes + 1 WHERE id = ?", arguments: [id])
      try database.execute(
        sql: "DELETE FROM access_tokens WHERE session = ? AND expiry <= ?", arguments: [id, now / 1000])
      try database.add(refresh: new, access, to: session.id)
      return before
    }
  }

  /// See ``SessionStore/session(given:)``. O(log sessions).
  package func session(given identity: Identifier) async throws(SessionStoreError) -> Session? {
    try await write { database in
      let sql = """
        SELECT sessions.* FROM access_tokens JOIN sessions ON sessions.id = access_tokens.session WHERE identity = ?
        """
      return try Row.fetchOne(database, sql: sql, arguments: [Data(identity.bytes)]).flatMap(Session.init(row:))
    }
  }

  /// See ``SessionStore/end(_:now:)``. O(tokens of the session).
  package func end(_ session: Identifier, now: Int64) async throws(SessionStoreError) -> [GivenAccess] {
    try await write { database in
      let id = Data(session.bytes)
      let sql = "SELECT identity, expiry FROM access_tokens WHERE session = ? AND expiry > ?"
      let given = try Row.fetchAll(database, sql: sql, arguments: [id, now / 1000]).compactMap { row in
        Identifier(bytes: row["identity"] as Data).map { GivenAccess(identity: $0, expiry: row["expiry"]) }
      }
      try database.execute(sql: "DELETE FROM sessions WHERE id = ?", arguments: [id])
      return given
    }
  }

  private func write<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(SessionStoreError) -> Value {
    do {
      return try await connection.write(body)
    } catch {
      throw SessionStoreError("\(error)")
    }
  }
}

extension Database {
  /// Gives a session tokens; the refresh token is its newest.
  fileprivate func add(refresh digest: [UInt8], _ access: GivenAccess, to session: Identifier) throws {
    let id = Data(session.bytes)
    try execute(
      sql: "INSERT INTO refresh_tokens (digest, session, is_newest) VALUES (?, ?, 1)", arguments: [Data(digest), id])
    try execute(
      sql: "INSERT INTO access_tokens (identity, session, expiry) VALUES (?, ?, ?)",
      arguments: [Data(access.identity.bytes), id, access.expiry])
  }

  /// What is known of a refresh token, and how often its session was refreshed.
  fileprivate func state(ofRefresh digest: [UInt8], now: Int64) throws -> (state: RefreshState, refreshes: Int) {
    let sql = """
      SELECT sessions.*, is_newest FROM refresh_tokens JOIN sessions ON sessions.id = refresh_tokens.session
      WHERE digest = ? AND sessions.expiry > ?
      """
    guard let row = try Row.fetchOne(self, sql: sql, arguments: [Data(digest), now]), let session = Session(row: row)
    else { return (.unknown, 0) }
    return (row["is_newest"] ? .current(session) : .reused(session), row["refreshes"])
  }
}

extension Session {
  fileprivate init?(row: Row) {
    guard let id = Identifier(bytes: row["id"] as Data) else { return nil }
    self.init(id: id, citizen: row["citizen"], key: Array(row["key"] as Data), expiry: row["expiry"])
  }
}
