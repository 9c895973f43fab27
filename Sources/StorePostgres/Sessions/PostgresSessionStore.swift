package import Citizens
package import Core

/// Sessions in a PostgreSQL database, which all hosts share: each call is one transaction. Holds hashes of refresh
/// tokens, and no token.
package final class PostgresSessionStore: SessionStore {
  private let connections: PostgresConnections

  /// Opens the sessions at `address` and brings the tables up to date. Blocks while it connects. Throws as
  /// ``PostgresLedgerStore`` does.
  package init(_ address: PostgresAddress, host: String = "") throws(StoreError) {
    let session = PostgresSession(name: "\(host) sessions", isWriting: true)
    _ = try PostgresSchema.open(address, session)
    connections = PostgresConnections(address, session, connections: PostgresLimits.sessionConnections)
  }

  /// Closes the connections; what comes then fails.
  package func close() async { await connections.close() }

  /// Why PostgreSQL didn't take the last write that changed something; nil when it did. Never waits.
  package var writeProblem: StoreError.Code? { connections.writeProblem }

  /// See ``SessionStore/begin(_:refresh:access:limit:now:)``. O(log sessions).
  package func begin(
    _ session: Session, refresh digest: [UInt8], access: IssuedAccessToken, limit: Int, now: Int64
  ) async throws(StoreError) {
    try session.checkName()
    try await connections.write("beginning a session") { connection in
      _ = try connection.run([
        SessionStatements.lockCitizen.with(.text(session.citizen)), SessionStatements.sweep.with(.integer(now)),
      ])
      // The lock may have been waited for; these see what was there when it was given.
      let room = PostgresValue.integer(Int64(max(0, limit - 1)))
      _ = try connection.run([
        SessionStatements.makeRoom.with(.text(session.citizen), room, .integer(now)),
        SessionStatements.insert.with(
          .id(session.id), .text(session.citizen), .bytes(session.key), .integer(session.expiry)),
        SessionStatements.insertRefresh.with(.bytes(digest), .id(session.id)),
        SessionStatements.insertAccess.with(.id(access.identity), .id(session.id), .integer(access.expiry)),
      ])
    }
  }

  /// See ``SessionStore/count(now:)``.
  package func count(now: Int64) async throws(StoreError) -> Int {
    try await connections.run("counting sessions") { connection in
      Int(try connection.run(SessionStatements.count.with(.integer(now))).first?.integer(0) ?? 0)
    }
  }

  /// See ``SessionStore/state(ofRefresh:now:)``. O(log refreshes).
  package func state(ofRefresh digest: [UInt8], now: Int64) async throws(StoreError) -> RefreshState {
    try await connections.run("reading a session") { connection in
      try connection.run(SessionStatements.state.with(.bytes(digest), .integer(now))).refreshState()
    }
  }

  /// See ``SessionStore/rotate(_:to:access:limit:now:)``. O(log refreshes).
  package func rotate(
    _ old: [UInt8], to new: [UInt8], access: IssuedAccessToken, limit: Int, now: Int64
  ) async throws(StoreError) -> RefreshState {
    try await connections.write("refreshing a session") { connection in
      _ = try connection.run(SessionStatements.lockedState.with(.bytes(old), .integer(now)))
      let before = try connection.run(SessionStatements.state.with(.bytes(old), .integer(now))).refreshState()
      guard case .current(let session) = before else { return before }
      if session.refreshes >= limit { return .unknown }
      _ = try connection.run([
        SessionStatements.replaceRefresh.with(.bytes(old)), SessionStatements.countRefresh.with(.id(session.id)),
        SessionStatements.dropAccess.with(.id(session.id), .integer(now / 1000)),
        SessionStatements.insertRefresh.with(.bytes(new), .id(session.id)),
        SessionStatements.insertAccess.with(.id(access.identity), .id(session.id), .integer(access.expiry)),
      ])
      return before
    }
  }

  /// See ``SessionStore/give(_:to:now:)``. O(log sessions).
  package func give(_ access: IssuedAccessToken, to session: Session, now: Int64) async throws(StoreError) -> Bool {
    try await connections.write("writing a session") { connection in
      let refreshes = PostgresValue.integer(Int64(session.refreshes))
      let found = try connection.run(SessionStatements.lockSession.with(.id(session.id), .integer(now), refreshes))
      if found.count == 0 { return false }
      _ = try connection.run(
        SessionStatements.insertAccess.with(.id(access.identity), .id(session.id), .integer(access.expiry)))
      return true
    }
  }

  /// See ``SessionStore/session(given:)``. O(log sessions).
  package func session(given identity: Identifier) async throws(StoreError) -> Session? {
    try await connections.run("reading a session") { connection in
      try connection.run(SessionStatements.ofAccess.with(.id(identity))).first.map { try Session($0) }
    }
  }

  /// See ``SessionStore/end(_:now:)``. O(tokens of the session).
  package func end(_ session: Identifier, now: Int64) async throws(StoreError) -> [IssuedAccessToken] {
    try await connections.write("ending a session") { connection in
      _ = try connection.run(SessionStatements.lockAny.with(.id(session)))
      let answers = try connection.run([
        SessionStatements.accessOf.with(.id(session), .integer(now / 1000)),
        SessionStatements.delete.with(.id(session)),
      ])
      return answers[0].all.compactMap { row in
        row.id(0).map { IssuedAccessToken(identity: $0, expiry: row.integer(1) ?? 0) }
      }
    }
  }
}

extension Session {
  /// The session in the first columns of a row. Throws `corrupt` when it isn't one.
  fileprivate init(_ row: PostgresRow) throws(StoreError) {
    guard let id = row.id(0), let citizen = row.text(1), let key = row.bytes(2), let expiry = row.integer(3),
      let refreshes = row.integer(4)
    else { throw StoreError(.corrupt, "a session can't be read") }
    self.init(id: id, citizen: citizen, key: key, expiry: expiry, refreshes: Int(refreshes))
  }
}

extension PostgresRows {
  /// What a row says of a refresh token; no row, that it is unknown.
  fileprivate func refreshState() throws(StoreError) -> RefreshState {
    guard let row = first else { return .unknown }
    let session = try Session(row)
    return row.boolean(5) == true ? .current(session) : .reused(session)
  }
}
