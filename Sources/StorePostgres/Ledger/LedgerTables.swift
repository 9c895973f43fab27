extension PostgresSchema {
  /// What makes the tables of the ledger, in order.
  static let ledgerTables = [
    // One row, which whoever writes holds until it has committed.
    """
    CREATE TABLE cascade.ledger_head (
      place smallint PRIMARY KEY DEFAULT 1 CHECK (place = 1),
      id text NOT NULL,
      tally bytea NOT NULL,
      row_hash bytea NOT NULL,
      sequence bigint NOT NULL,
      "timestamp" bigint NOT NULL,
      hash bytea NOT NULL,
      open_holds bigint NOT NULL CHECK (open_holds >= 0),
      generation bigint NOT NULL DEFAULT 0
    ) WITH (fillfactor = 10)
    """,
    // Never changed, only added to. What isn't canonical is there to be looked up by, and verified.
    """
    CREATE TABLE cascade.entries (
      sequence bigint PRIMARY KEY,
      id uuid NOT NULL UNIQUE,
      pending_id uuid,
      reverses uuid,
      canonical bytea NOT NULL,
      hash bytea NOT NULL,
      balances bytea NOT NULL
    )
    """,
    "CREATE UNIQUE INDEX entries_pending ON cascade.entries (pending_id) WHERE pending_id IS NOT NULL",
    "CREATE INDEX entries_reverses ON cascade.entries (reverses, sequence) WHERE reverses IS NOT NULL",
    "CREATE TABLE cascade.refusals (id uuid PRIMARY KEY, reason text NOT NULL, hash bytea NOT NULL)",
    // What the entries come to.
    """
    CREATE TABLE cascade.accounts (
      key text COLLATE "C" PRIMARY KEY,
      name text NOT NULL,
      asset text,
      debits_pending bigint NOT NULL CHECK (debits_pending >= 0),
      debits_posted bigint NOT NULL CHECK (debits_posted >= 0),
      credits_pending bigint NOT NULL CHECK (credits_pending >= 0),
      credits_posted bigint NOT NULL CHECK (credits_posted >= 0),
      floor bigint NOT NULL CHECK (floor <= 0),
      closed boolean NOT NULL,
      version bigint NOT NULL
    ) WITH (fillfactor = 50)
    """,
    """
    CREATE TABLE cascade.open_holds (
      id uuid PRIMARY KEY,
      expires_at bigint,
      from_key text COLLATE "C" NOT NULL,
      to_key text COLLATE "C" NOT NULL
    )
    """,
    "CREATE INDEX open_holds_due ON cascade.open_holds (expires_at, id) WHERE expires_at IS NOT NULL",
    "CREATE TABLE cascade.records (id uuid PRIMARY KEY, bytes bytea NOT NULL, hash bytea NOT NULL)",
  ]

  /// What statements have beside their entries, and how steps of governance are found, in order.
  static let attachmentTables = [
    "CREATE TABLE cascade.attachments (hash text COLLATE \"C\" PRIMARY KEY, bytes bytea NOT NULL)",
    // Byte 67 of the canonical bytes is the entry's kind, and 8 is governance.
    """
    CREATE INDEX entries_governance ON cascade.entries (sequence) WHERE get_byte(canonical, 66) = 8
    """,
  ]

  /// The tree over the entries, in order: which of its nodes each second entry completes, the lowest first, and in the
  /// head what the next entry needs of it. Earlier versions, whose hosts may still run, leave both behind.
  static let treeTables = [
    "CREATE TABLE cascade.tree (sequence bigint PRIMARY KEY, nodes bytea NOT NULL)",
    "ALTER TABLE cascade.ledger_head ADD COLUMN tree bytea NOT NULL DEFAULT ''",
  ]
}
