package import Core
internal import Cryptography

extension PostgresSchema {
  /// Values that expire: a crash of the server may lose them, as the port allows.
  static let expiringTable = [
    """
    CREATE UNLOGGED TABLE cascade.expiring (
      room text NOT NULL,
      name_hash bytea NOT NULL,
      value bytea NOT NULL,
      ends bigint NOT NULL,
      PRIMARY KEY (room, name_hash)
    )
    """,
    "CREATE INDEX expiring_ends ON cascade.expiring (ends)",
  ]
}

/// Expiring values that all hosts share, in a PostgreSQL database: names lie there as hashes. For hosts without a
/// Redis, and while that is away.
package final class PostgresExpiringStore: ExpiringStore {
  private let connections: PostgresConnections
  private let clock: (@Sendable () -> Int64)?

  /// Opens the store at `address` and brings the tables up to date. With a `clock` (microseconds since 1970), that
  /// gives the time instead of the server, for tests. Blocks while it connects. Throws as ``PostgresLedgerStore`` does.
  package init(
    _ address: PostgresAddress, host: String = "", clock: (@Sendable () -> Int64)? = nil
  ) throws(StoreError) {
    let session = PostgresSession(name: "\(host) expiring", isWriting: true)
    _ = try PostgresSchema.open(address, session)
    connections = PostgresConnections(address, session, connections: PostgresLimits.expiringConnections)
    self.clock = clock
  }

  /// See ``ExpiringStore/put(_:under:for:)``. Each removes a few that are over. O(log values).
  package func put(_ value: [UInt8], under key: ExpiringKey, for life: Duration) async throws(StoreError) {
    try ExpiringLimits.check(value)
    let queries = [
      Self.keep.with(place(key).room, place(key).name, .bytes(value), .integer(life.microseconds), .integer(clock?())),
      Self.sweep.with(.integer(clock?())),
    ]
    _ = try await connections.run("keeping a value") { try $0.run(queries).count }
  }

  /// See ``ExpiringStore/value(under:)``. O(log values).
  package func value(under key: ExpiringKey) async throws(StoreError) -> [UInt8]? {
    let query = Self.find.with(place(key).room, place(key).name, .integer(clock?()))
    return try await connections.run("reading a value") { try $0.run(query).first?.bytes(0) }
  }

  /// See ``ExpiringStore/take(_:)``. When the connection breaks the value may be gone unseen. O(log values).
  package func take(_ key: ExpiringKey) async throws(StoreError) -> [UInt8]? {
    let query = Self.remove.with(place(key).room, place(key).name, .integer(clock?()))
    return try await connections.run("taking a value") { connection in
      try connection.run(query).first.flatMap { $0.boolean(1) == true ? $0.bytes(0) : nil }
    }
  }

  /// Closes the connections; what comes then fails.
  package func close() async { await connections.close() }

  private func place(_ key: ExpiringKey) -> (room: PostgresValue, name: PostgresValue) {
    (.text(key.room.rawValue), .bytes(SHA256.hash(key.name.utf8)))
  }

  /// Microseconds since 1970: the parameter, or the server's clock.
  private static func now(_ parameter: Int) -> String {
    "COALESCE($\(parameter)::bigint, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)"
  }

  private static let keep = PostgresStatement(
    "keep_value",
    """
    INSERT INTO expiring (room, name_hash, value, ends)
    VALUES ($1::text, $2::bytea, $3::bytea, \(now(5)) + $4::bigint)
    ON CONFLICT (room, name_hash) DO UPDATE SET value = excluded.value, ends = excluded.ends
    """)
  private static let sweep = PostgresStatement(
    "sweep_values",
    """
    DELETE FROM expiring WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM expiring WHERE ends <= \(now(1)) ORDER BY ends LIMIT 4 FOR UPDATE SKIP LOCKED))
    """)
  private static let find = PostgresStatement(
    "find_value",
    "SELECT value FROM expiring WHERE room = $1::text AND name_hash = $2::bytea AND ends > \(now(3))")
  private static let remove = PostgresStatement(
    "take_value",
    "DELETE FROM expiring WHERE room = $1::text AND name_hash = $2::bytea RETURNING value, ends > \(now(3))")
}
