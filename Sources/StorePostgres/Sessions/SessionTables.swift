extension PostgresSchema {
  /// Sessions, with the hashes of their refresh tokens and the ids of their access tokens; no token.
  static let sessionTables = [
    """
    CREATE TABLE cascade.session (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      id uuid NOT NULL UNIQUE,
      citizen text COLLATE "C" NOT NULL,
      key bytea NOT NULL,
      expiry bigint NOT NULL,
      refreshes bigint NOT NULL
    )
    """,
    "CREATE INDEX session_citizen ON cascade.session (citizen, number)",
    "CREATE INDEX session_expiry ON cascade.session (expiry)",
    """
    CREATE TABLE cascade.refresh_token (
      digest bytea PRIMARY KEY,
      session uuid NOT NULL REFERENCES cascade.session (id) ON DELETE CASCADE,
      is_newest boolean NOT NULL
    )
    """,
    "CREATE INDEX refresh_token_session ON cascade.refresh_token (session)",
    """
    CREATE TABLE cascade.access_token (
      identity uuid PRIMARY KEY,
      session uuid NOT NULL REFERENCES cascade.session (id) ON DELETE CASCADE,
      expiry bigint NOT NULL
    )
    """,
    "CREATE INDEX access_token_session ON cascade.access_token (session)",
  ]
}

/// What the store of sessions sends.
enum SessionStatements {
  private static let columns = "session.id, session.citizen, session.key, session.expiry, session.refreshes"

  /// One sign-in of a citizen at a time, so that the limit of sessions holds.
  static let lockCitizen = PostgresStatement(
    "lock_citizen_sessions", "SELECT pg_advisory_xact_lock(hashtextextended('session ' || $1::text, 0))")
  /// A few that are over; those that another host removes at the same time are left to it.
  static let sweep = PostgresStatement(
    "sweep_sessions",
    """
    DELETE FROM session WHERE number = ANY(ARRAY(
      SELECT number FROM session WHERE expiry <= $1::bigint ORDER BY expiry LIMIT 16 FOR UPDATE SKIP LOCKED))
    """)
  static let makeRoom = PostgresStatement(
    "make_room_for_session",
    """
    DELETE FROM session WHERE number = ANY(ARRAY(
      SELECT number FROM session WHERE citizen = $1::text AND expiry > $3::bigint
      ORDER BY number DESC OFFSET $2::bigint))
    """)
  static let insert = PostgresStatement(
    "insert_session",
    """
    INSERT INTO session (id, citizen, key, expiry, refreshes)
    VALUES ($1::uuid, $2::text, $3::bytea, $4::bigint, 0)
    """)
  static let insertRefresh = PostgresStatement(
    "insert_refresh", "INSERT INTO refresh_token (digest, session, is_newest) VALUES ($1::bytea, $2::uuid, true)")
  static let insertAccess = PostgresStatement(
    "insert_access", "INSERT INTO access_token (identity, session, expiry) VALUES ($1::uuid, $2::uuid, $3::bigint)")
  static let count = PostgresStatement("count_sessions", "SELECT count(*) FROM session WHERE expiry > $1::bigint")

  private static let stateOfRefresh = """
    SELECT \(columns), is_newest FROM refresh_token JOIN session ON session.id = refresh_token.session
    WHERE digest = $1::bytea AND session.expiry > $2::bigint
    """
  static let state = PostgresStatement("refresh_state", stateOfRefresh)
  /// The same; nobody else changes the session until the transaction's end. Whoever waited for it sees it as it is
  /// then,
  /// and its token as it was before, which is why that is asked again.
  static let lockedState = PostgresStatement("locked_refresh_state", stateOfRefresh + " FOR UPDATE OF session")
  static let replaceRefresh = PostgresStatement(
    "replace_refresh", "UPDATE refresh_token SET is_newest = false WHERE digest = $1::bytea")
  static let countRefresh = PostgresStatement(
    "count_refresh", "UPDATE session SET refreshes = refreshes + 1 WHERE id = $1::uuid")
  static let dropAccess = PostgresStatement(
    "drop_access", "DELETE FROM access_token WHERE session = $1::uuid AND expiry <= $2::bigint")
  static let lockSession = PostgresStatement(
    "lock_session",
    "SELECT 1 FROM session WHERE id = $1::uuid AND expiry > $2::bigint AND refreshes = $3::bigint FOR UPDATE")
  static let ofAccess = PostgresStatement(
    "session_of_access",
    """
    SELECT \(columns) FROM access_token JOIN session ON session.id = access_token.session WHERE identity = $1::uuid
    """)
  static let accessOf = PostgresStatement(
    "access_of_session",
    "SELECT identity, expiry FROM access_token WHERE session = $1::uuid AND expiry > $2::bigint")
  static let delete = PostgresStatement("delete_session", "DELETE FROM session WHERE id = $1::uuid")
  static let lockAny = PostgresStatement("lock_any_session", "SELECT 1 FROM session WHERE id = $1::uuid FOR UPDATE")
}
