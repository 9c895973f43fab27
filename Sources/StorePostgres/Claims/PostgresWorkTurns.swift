package import Core

extension PostgresSchema {
  /// Whose turn it is at what, in order.
  static let claimTables = [
    """
    CREATE TABLE cascade.claims (
      work text COLLATE "C" PRIMARY KEY,
      token uuid,
      claimed_until timestamptz NOT NULL DEFAULT '-infinity',
      due timestamptz NOT NULL DEFAULT '-infinity'
    ) WITH (fillfactor = 25)
    """
  ]
}

/// Turns at background work, for all hosts that share a PostgreSQL database; by the server's clock.
package final class PostgresWorkTurns: WorkTurns {
  private let connections: PostgresConnections

  /// Opens the claims at `address` and brings the tables up to date. Blocks while it connects. Throws as
  /// ``PostgresLedgerStore`` does.
  package init(_ address: PostgresAddress, host: String = "") throws(StoreError) {
    let session = PostgresSession(name: "\(host) claims", isWriting: true)
    _ = try PostgresSchema.open(address, session)
    connections = PostgresConnections(address, session, connections: PostgresLimits.claimConnections)
  }

  /// See ``WorkTurns/claim(_:for:)``. Waits for nobody: a row that another host has locked is that one's.
  package func claim(_ work: SharedWork, for turn: Duration) async throws(StoreError) -> WorkTurn? {
    var identifiers = IdentifierGenerator()
    let token = identifiers.next()
    let name = PostgresValue.text(work.rawValue)
    let queries = [
      Self.begin.with(name), Self.take.with(name, .id(token), .integer(turn.microseconds)),
    ]
    let isTaken = try await connections.run("claiming work") { connection in
      try connection.run(queries)[1].count == 1
    }
    return isTaken ? WorkTurn(work, token: token) : nil
  }

  /// See ``WorkTurns/finish(_:pause:)``.
  package func finish(_ claim: WorkTurn, pause: Duration) async throws(StoreError) {
    let query = Self.end.with(.text(claim.work.rawValue), .id(claim.token), .integer(pause.microseconds))
    _ = try await connections.run("finishing work") { try $0.run(query).count }
  }

  /// Closes the connections; what comes then fails.
  package func close() async { await connections.close() }

  private static let begin = PostgresStatement(
    "begin_work", "INSERT INTO claims (work) VALUES ($1::text) ON CONFLICT DO NOTHING")
  private static let take = PostgresStatement(
    "take_work",
    """
    UPDATE claims SET token = $2::uuid, claimed_until = clock_timestamp() + $3::bigint * interval '1 microsecond'
    WHERE work = (
      SELECT work FROM claims WHERE work = $1::text AND claimed_until <= clock_timestamp() AND due <= clock_timestamp()
      FOR UPDATE SKIP LOCKED)
    RETURNING work
    """)
  private static let end = PostgresStatement(
    "end_work",
    """
    UPDATE claims SET claimed_until = '-infinity', due = clock_timestamp() + $3::bigint * interval '1 microsecond'
    WHERE work = $1::text AND token = $2::uuid AND claimed_until > '-infinity'
    """)
}
