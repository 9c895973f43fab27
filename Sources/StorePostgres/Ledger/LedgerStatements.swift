internal import Ledger

/// What the ledger's writer sends.
enum LedgerStatements {
  /// The head row, held until the transaction's end. The transaction gets its number here, so that what became of it
  /// can be asked for.
  static let lock = PostgresStatement(
    "lock_head",
    """
    SELECT id, tally, row_hash, sequence, "timestamp", hash, open_holds, pg_current_xact_id()::text::bigint,
      tree, generation
    FROM ledger_head FOR UPDATE
    """)

  /// The server's clock, nanoseconds since 1970.
  static let clock = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 1000"

  /// Ledger time in each row, with the holds that are due at it.
  static let due = PostgresStatement(
    "due_holds",
    """
    WITH moment AS MATERIALIZED (SELECT COALESCE($1::bigint, \(clock)) AS now)
    SELECT moment.now, due.* FROM moment LEFT JOIN LATERAL (
      SELECT \(LedgerRow.qualifiedColumns) FROM open_holds JOIN entries USING (id)
      WHERE open_holds.expires_at <= moment.now ORDER BY open_holds.expires_at, open_holds.id LIMIT $2::bigint
    ) AS due ON true
    """)

  static let dueOfAccounts = PostgresStatement(
    "due_holds_of_accounts",
    """
    SELECT \(LedgerRow.qualifiedColumns) FROM open_holds JOIN entries USING (id)
    WHERE open_holds.expires_at <= $1::bigint
      AND (split_part(from_key, ' ', 1) = ANY($2::text[]) OR split_part(to_key, ' ', 1) = ANY($2::text[]))
    ORDER BY open_holds.expires_at, open_holds.id
    """)

  static let accounts = PostgresStatement(
    "accounts", "SELECT \(Account.columns) FROM accounts WHERE key = ANY($1::text[])")
  static let keysBetween = PostgresStatement(
    "account_keys_between",
    "SELECT key FROM accounts WHERE key >= $1::text AND key < $2::text ORDER BY key LIMIT $3::bigint")
  static let deleteAccounts = PostgresStatement(
    "delete_accounts", "DELETE FROM accounts WHERE key = ANY($1::text[])")
  static let accountsOfHolds = PostgresStatement(
    "accounts_of_holds",
    """
    SELECT \(Account.columns) FROM accounts
    WHERE key IN (SELECT unnest(ARRAY[from_key, to_key]) FROM open_holds WHERE id = ANY($1::uuid[]))
    """)
  static let holds = PostgresStatement(
    "holds",
    """
    SELECT \(LedgerRow.qualifiedColumns) FROM open_holds JOIN entries USING (id) WHERE open_holds.id = ANY($1::uuid[])
    """)
  static let entries = PostgresStatement(
    "entries", "SELECT \(LedgerRow.columns) FROM entries WHERE id = ANY($1::uuid[])")
  static let refusals = PostgresStatement(
    "refusals", "SELECT id, reason FROM refusals WHERE id = ANY($1::uuid[])")
  static let resolutions = PostgresStatement(
    "resolutions", "SELECT \(LedgerRow.columns) FROM entries WHERE pending_id = ANY($1::uuid[])")
  static let reversals = PostgresStatement(
    "reversals", "SELECT \(LedgerRow.columns) FROM entries WHERE reverses = ANY($1::uuid[])")
  static let records = PostgresStatement("records", "SELECT id, bytes FROM records WHERE id = ANY($1::uuid[])")

  static let insertEntries = PostgresStatement(
    "insert_entries",
    """
    INSERT INTO entries (\(LedgerRow.columns))
    SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bytea[], $6::bytea[], $7::bytea[])
    """)
  static let keepAccounts = PostgresStatement(
    "keep_accounts",
    """
    INSERT INTO accounts (\(Account.columns))
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[],
      $8::bigint[], $9::boolean[], $10::bigint[])
    ON CONFLICT (key) DO UPDATE SET asset = excluded.asset, debits_pending = excluded.debits_pending,
      debits_posted = excluded.debits_posted, credits_pending = excluded.credits_pending,
      credits_posted = excluded.credits_posted, floor = excluded.floor, closed = excluded.closed,
      version = excluded.version
    """)
  static let insertHolds = PostgresStatement(
    "insert_holds",
    """
    INSERT INTO open_holds (id, expires_at, from_key, to_key)
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[])
    """)
  static let deleteHolds = PostgresStatement("delete_holds", "DELETE FROM open_holds WHERE id = ANY($1::uuid[])")
  static let insertRefusals = PostgresStatement(
    "insert_refusals",
    "INSERT INTO refusals (id, reason, hash) SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[])")
  static let insertRecords = PostgresStatement(
    "insert_records",
    "INSERT INTO records (id, bytes, hash) SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::bytea[])")
  static let insertAttachments = PostgresStatement(
    "insert_attachments",
    "INSERT INTO attachments (hash, bytes) SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT DO NOTHING")
  static let updateHead = PostgresStatement(
    "update_head",
    """
    UPDATE ledger_head
    SET tally = $1, row_hash = $2, sequence = $3::bigint, "timestamp" = $4::bigint, hash = $5, open_holds = $6::bigint,
      tree = $7
    """)
  static let insertTree = PostgresStatement(
    "insert_tree", "INSERT INTO tree (sequence, nodes) SELECT * FROM unnest($1::bigint[], $2::bytea[])")
  static let updateTree = PostgresStatement("update_tree", "UPDATE ledger_head SET tree = $1")

  /// What became of a transaction: null, or an error, when it is too long ago.
  static let transactionStatus = PostgresStatement("transaction_status", "SELECT pg_xact_status($1::text::xid8)")
  static let hashAt = PostgresStatement("hash_at", "SELECT hash FROM entries WHERE sequence = $1::bigint")
}
