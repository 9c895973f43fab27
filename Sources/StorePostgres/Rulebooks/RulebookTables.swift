extension PostgresSchema {
  /// Rulebooks and what of them was activated when, and the hosts that decide by them, in order.
  static let rulebookTables = [
    "CREATE TABLE cascade.rulebooks (digest text COLLATE \"C\" PRIMARY KEY, files bytea NOT NULL)",
    // One row for each number that was given; without a sequence it never decided.
    """
    CREATE TABLE cascade.generations (
      number bigint PRIMARY KEY,
      digest text NOT NULL REFERENCES cascade.rulebooks,
      sequence bigint,
      milliseconds bigint,
      set_aside text,
      host text,
      attempt uuid
    )
    """,
    "CREATE SEQUENCE cascade.generation_numbers",
    """
    CREATE TABLE cascade.hosts (
      run uuid PRIMARY KEY,
      name text COLLATE "C" NOT NULL,
      seat text NOT NULL,
      generation bigint NOT NULL,
      began timestamptz NOT NULL DEFAULT clock_timestamp(),
      heard timestamptz NOT NULL,
      leased timestamptz NOT NULL,
      said text NOT NULL
    ) WITH (fillfactor = 25)
    """,
    "CREATE INDEX hosts_name ON cascade.hosts (name)",
    """
    CREATE TABLE cascade.stagings (
      number bigint PRIMARY KEY,
      digest text NOT NULL,
      asked timestamptz NOT NULL
    )
    """,
  ]
}

/// What the rulebooks' store and the register of hosts send.
enum RulebookStatements {
  /// Held by an activation alone, and shared by heartbeats: neither sees half of the other.
  static let alone = PostgresStatement("activation_alone", "SELECT pg_advisory_xact_lock(6792)")
  static let shared = PostgresStatement("activation_shared", "SELECT pg_advisory_xact_lock_shared(6792)")

  static let keep = PostgresStatement(
    "keep_rulebook", "INSERT INTO rulebooks (digest, files) VALUES ($1::text, $2::bytea) ON CONFLICT DO NOTHING")
  static let number = PostgresStatement(
    "generation_number",
    """
    INSERT INTO generations (number, digest) VALUES (nextval('generation_numbers'), $1::text) RETURNING number
    """)
  static let files = PostgresStatement("rulebook", "SELECT files FROM rulebooks WHERE digest = $1::text")
  private static let activation = "number, generations.digest, milliseconds, set_aside"
  static let current = PostgresStatement(
    "current_generation",
    "SELECT \(activation) FROM ledger_head JOIN generations ON number = generation")
  static let attempt = PostgresStatement(
    "activation_attempt", "SELECT attempt FROM generations WHERE number = $1::bigint")
  static let head = PostgresStatement(
    "generation_head", "SELECT sequence, generation FROM ledger_head FOR UPDATE")
  static let given = PostgresStatement(
    "given_generation",
    """
    SELECT EXISTS (SELECT FROM generations WHERE number = $1::bigint), EXISTS (
      SELECT FROM rulebooks WHERE digest = $2::text)
    """)
  static let activate = PostgresStatement(
    "activate_generation",
    """
    UPDATE generations SET digest = $2::text, sequence = $3::bigint, milliseconds = $4::bigint, set_aside = $5::text,
      host = $6::text, attempt = $7::uuid
    WHERE number = $1::bigint
    """)
  static let setHead = PostgresStatement(
    "set_generation", "UPDATE ledger_head SET generation = $1::bigint")
  static let activations = PostgresStatement(
    "activations",
    """
    SELECT \(activation), sequence, host FROM generations
    WHERE sequence IS NOT NULL ORDER BY number DESC LIMIT $1::bigint
    """)

  static let wanted = PostgresStatement(
    "wanted_rulebooks",
    """
    SELECT number, digest FROM stagings
    WHERE asked > clock_timestamp() - $1::bigint * interval '1 microsecond'
      AND number > (SELECT generation FROM ledger_head)
    """)
  static let want = PostgresStatement(
    "want_rulebook",
    """
    INSERT INTO stagings (number, digest, asked) VALUES ($1::bigint, $2::text, clock_timestamp())
    ON CONFLICT (number) DO UPDATE SET digest = excluded.digest, asked = excluded.asked
    """)
  static let forgetWanted = PostgresStatement(
    "forget_wanted",
    "DELETE FROM stagings WHERE asked < clock_timestamp() - $1::bigint * interval '1 microsecond'")
}
