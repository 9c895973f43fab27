extension PostgresSchema {
  /// The records of decisions without effects, of all hosts, a part for each UTC day, in order.
  static let recordTables = [
    """
    CREATE TABLE cascade.decision_log (
      day date NOT NULL,
      log text COLLATE "C" NOT NULL,
      sequence bigint NOT NULL,
      id uuid NOT NULL,
      subject bigint NOT NULL,
      "time" bigint NOT NULL,
      bytes bytea NOT NULL,
      hash bytea,
      PRIMARY KEY (day, log, sequence)
    ) PARTITION BY RANGE (day)
    """,
    "CREATE INDEX decision_log_time ON cascade.decision_log USING brin (\"time\") WITH (autosummarize = on)",
    "CREATE INDEX decision_log_id ON cascade.decision_log (id, \"time\")",
    "CREATE INDEX decision_log_subject ON cascade.decision_log (subject, id) WHERE subject <> 0",
    "CREATE INDEX decision_log_sequence ON cascade.decision_log (log, sequence)",
    // How far each log is stored; whoever appends holds its row.
    """
    CREATE TABLE cascade.shipped_logs (
      log text COLLATE "C" PRIMARY KEY,
      sequence bigint NOT NULL,
      hash bytea NOT NULL,
      position bigint NOT NULL,
      whole bigint NOT NULL,
      whole_hash bytea NOT NULL
    ) WITH (fillfactor = 25)
    """,
  ]
}

/// What the log of decisions sends.
enum RecordStatements {
  static let end = PostgresStatement(
    "log_end", "SELECT sequence, hash, position, whole, whole_hash FROM shipped_logs WHERE log = $1::text")
  static let beginLog = PostgresStatement(
    "begin_log",
    """
    INSERT INTO shipped_logs (log, sequence, hash, position, whole, whole_hash)
    VALUES ($1::text, 0, $2::bytea, 0, 0, $2::bytea) ON CONFLICT DO NOTHING
    """)
  static let lockEnd = PostgresStatement("lock_log_end", end.sql + " FOR UPDATE")
  static let setEnd = PostgresStatement(
    "set_log_end",
    """
    UPDATE shipped_logs SET sequence = $2::bigint, hash = $3::bytea, position = $4::bigint, whole = $5::bigint,
      whole_hash = $6::bytea
    WHERE log = $1::text
    """)
  static let logs = PostgresStatement("shipped_logs", "SELECT log FROM shipped_logs ORDER BY log")

  static let ends = PostgresStatement("log_ends", "SELECT log, sequence FROM shipped_logs")
  static let first = PostgresStatement("first_logged", "SELECT min(sequence) FROM decision_log WHERE log = $1::text")

  static let room = PostgresStatement(
    "shipping_room",
    """
    CREATE TEMP TABLE IF NOT EXISTS shipping (day date, log text, sequence bigint, id uuid, subject bigint,
      "time" bigint, bytes bytea, hash bytea) ON COMMIT DELETE ROWS
    """)
  static let copy = "COPY shipping FROM STDIN (FORMAT binary)"
  static let take = PostgresStatement(
    "take_shipped",
    """
    INSERT INTO decision_log (day, log, sequence, id, subject, "time", bytes, hash)
    SELECT day, log, sequence, id, subject, "time", bytes, hash FROM shipping ON CONFLICT DO NOTHING
    """)

  /// Held by whoever makes the part of a day.
  static let days = PostgresStatement("record_days_alone", "SELECT pg_advisory_xact_lock(6793)")
  /// Makes the part of the day of this name, from its first day to the next.
  static func day(_ name: String, _ first: String, _ next: String) -> PostgresStatement {
    PostgresStatement(
      "",
      """
      CREATE TABLE IF NOT EXISTS cascade.\(name) PARTITION OF cascade.decision_log
      FOR VALUES FROM ('\(first)') TO ('\(next)')
      """)
  }

  /// The names of the parts of all days.
  static let parts = PostgresStatement(
    "record_parts",
    """
    SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'cascade.decision_log'::regclass ORDER BY 1
    """)
  /// Held by whoever removes the part of a day.
  static let alone = PostgresStatement("", "LOCK TABLE cascade.decision_log IN ACCESS EXCLUSIVE MODE")
  static func isEmpty(_ part: String) -> PostgresStatement {
    PostgresStatement("", "SELECT 1 FROM cascade.\(part) LIMIT 1")
  }
  static func drop(_ part: String) -> PostgresStatement { PostgresStatement("", "DROP TABLE cascade.\(part)") }
  static let remove = PostgresStatement(
    "remove_logged", "DELETE FROM decision_log WHERE log = $1::text AND sequence <= $2::bigint")

  static let entry = PostgresStatement(
    "logged_record", "SELECT bytes FROM decision_log WHERE id = $1::uuid ORDER BY \"time\" DESC LIMIT 1")
  static let hash = PostgresStatement(
    "logged_hash", "SELECT hash FROM decision_log WHERE log = $1::text AND sequence = $2::bigint")
  private static let columns = "SELECT sequence, id, bytes, hash FROM decision_log"
  private static let order = "ORDER BY id DESC, \"time\" DESC LIMIT $1::bigint"
  static let lastPage = PostgresStatement("last_logged", "\(columns) \(order)")
  static let page = PostgresStatement("logged_before", "\(columns) WHERE id < $2::uuid \(order)")
  static let lastPageAbout = PostgresStatement(
    "last_logged_about", "\(columns) WHERE subject = $2::bigint AND subject <> 0 \(order)")
  static let pageAbout = PostgresStatement(
    "logged_about_before", "\(columns) WHERE subject = $2::bigint AND subject <> 0 AND id < $3::uuid \(order)")
  static let following = PostgresStatement(
    "logged_after",
    "\(columns) WHERE log = $1::text AND sequence > $2::bigint ORDER BY sequence LIMIT $3::bigint")
}
