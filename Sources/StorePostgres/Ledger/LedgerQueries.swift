internal import Ledger

/// What those who read a ledger send.
enum LedgerQueries {
  static let clock = PostgresStatement("clock", "SELECT \(LedgerStatements.clock)")
  static let now = PostgresStatement(
    "now", "SELECT GREATEST(COALESCE($1::bigint, \(LedgerStatements.clock)), \"timestamp\") FROM ledger_head")
  static let head = PostgresStatement("head", "SELECT \(HeadRow.columns) FROM ledger_head")
  /// A row for a ledger that has none and no entries.
  static let beginLedger = PostgresStatement(
    "begin_ledger",
    """
    INSERT INTO ledger_head (id, tally, row_hash, sequence, "timestamp", hash, open_holds)
    SELECT $1::text, $2::bytea, $3::bytea, 0, 0, $4::bytea, 0 WHERE NOT EXISTS (SELECT FROM entries)
    ON CONFLICT DO NOTHING
    """)

  // The keys of the world have a space and an asset after the name; `!` is what comes after the space.
  static let accounts = PostgresStatement(
    "accounts_named",
    """
    SELECT \(Account.columns) FROM accounts
    WHERE key = ANY($1::text[]) OR ($2::boolean AND key >= 'world ' AND key < 'world!') ORDER BY key
    """)
  static let accountsAfter = PostgresStatement(
    "accounts_after",
    "SELECT \(Account.columns) FROM accounts WHERE key > $1::text ORDER BY key LIMIT $2::bigint")

  private static let holds = "SELECT \(LedgerRow.qualifiedColumns) FROM open_holds JOIN entries USING (id)"
  static let firstHolds = PostgresStatement("first_holds", "\(holds) ORDER BY open_holds.id LIMIT $1::bigint")
  static let holdsAfter = PostgresStatement(
    "holds_after", "\(holds) WHERE open_holds.id > $1::uuid ORDER BY open_holds.id LIMIT $2::bigint")

  static let entriesNaming = PostgresStatement(
    "entries_naming",
    """
    SELECT \(LedgerRow.columns) FROM entries
    WHERE (pending_id = $1::uuid OR reverses = $1::uuid) AND sequence > $2::bigint ORDER BY sequence LIMIT $3::bigint
    """)
  static let rowsAfter = PostgresStatement(
    "rows_after",
    "SELECT \(LedgerRow.columns) FROM entries WHERE sequence > $1::bigint ORDER BY sequence LIMIT $2::bigint")

  static let governance = PostgresStatement(
    "governance",
    """
    SELECT \(LedgerRow.columns) FROM entries WHERE get_byte(canonical, 66) = 8 AND sequence > $1::bigint
    ORDER BY sequence LIMIT $2::bigint
    """)
  static let treeNodes = PostgresStatement(
    "tree_nodes", "SELECT sequence, nodes FROM tree WHERE sequence = ANY($1::bigint[])")
  static let treeCount = PostgresStatement("tree_count", "SELECT count(*) FROM tree")
  static let attachment = PostgresStatement("attachment", "SELECT bytes FROM attachments WHERE hash = $1::text")
  static let attachmentCount = PostgresStatement("attachment_count", "SELECT count(*) FROM attachments")

  static let lastRecords = PostgresStatement(
    "last_records", "SELECT id, bytes FROM records ORDER BY id DESC LIMIT $1::bigint")
  static let recordsBefore = PostgresStatement(
    "records_before", "SELECT id, bytes FROM records WHERE id < $1::uuid ORDER BY id DESC LIMIT $2::bigint")
}
