extension PostgresSchema {
  /// Payments as JSON with what they are looked up by, what the provider told, and what Venice must be told. What
  /// anybody may name is kept as bytes, since a text of PostgreSQL holds no zero.
  static let paymentTables = [
    """
    CREATE TABLE cascade.payment (
      id uuid PRIMARY KEY,
      body bytea NOT NULL,
      quote uuid UNIQUE,
      intent bytea UNIQUE,
      is_unfinished boolean NOT NULL,
      updated bigint NOT NULL,
      citizen bytea NOT NULL,
      revision bigint NOT NULL
    ) WITH (fillfactor = 70)
    """,
    "CREATE INDEX payment_unfinished ON cascade.payment (id) WHERE is_unfinished",
    "CREATE INDEX payment_open ON cascade.payment (citizen) WHERE is_unfinished",
    """
    CREATE TABLE cascade.payment_event (
      id bytea PRIMARY KEY,
      digest bytea NOT NULL,
      body bytea NOT NULL,
      received bigint NOT NULL,
      is_finished boolean NOT NULL
    )
    """,
    "CREATE INDEX payment_event_unfinished ON cascade.payment_event (id) WHERE NOT is_finished",
    // A credit is claimed by the host that sends it.
    """
    CREATE TABLE cascade.credit (
      id uuid PRIMARY KEY,
      citizen bytea NOT NULL,
      ducats text NOT NULL,
      state text NOT NULL,
      attempts bigint NOT NULL,
      due bigint NOT NULL,
      owner uuid,
      claimed_until bigint NOT NULL DEFAULT 0
    ) WITH (fillfactor = 70)
    """,
    "CREATE INDEX credit_due ON cascade.credit (due, id) WHERE state = 'waiting'",
    """
    CREATE TABLE cascade.payment_claim (name text PRIMARY KEY, owner uuid NOT NULL, claimed_until bigint NOT NULL)
    """,
  ]

  /// By which transaction each payment came or moved on, for those who follow.
  static let paymentChanges = [
    "ALTER TABLE cascade.payment ADD COLUMN changed bigint NOT NULL DEFAULT 0",
    "CREATE INDEX payment_changed ON cascade.payment (changed, id)",
  ]
}

/// What the store of payments sends.
enum PaymentStatements {
  /// One new payment of a citizen at a time, so that those that are open are counted.
  static let lockCitizen = PostgresStatement(
    "lock_citizen_payments",
    "SELECT pg_advisory_xact_lock(hashtextextended('payment ' || encode($1::bytea, 'hex'), 0))")
  static let byID = PostgresStatement("payment", "SELECT body, revision FROM payment WHERE id = $1::uuid")
  static let byIntent = PostgresStatement(
    "payment_by_intent", "SELECT body, revision FROM payment WHERE intent = $1::bytea")
  static let countOpen = PostgresStatement(
    "open_payments", "SELECT count(*) FROM payment WHERE is_unfinished AND citizen = $1::bytea")
  static let insert = PostgresStatement(
    "insert_payment",
    """
    INSERT INTO payment (id, body, quote, intent, is_unfinished, updated, citizen, revision, changed)
    VALUES ($1::uuid, $2::bytea, $3::uuid, $4::bytea, $5::boolean, $6::bigint, $7::bytea, 1,
      pg_current_xact_id()::text::bigint)
    ON CONFLICT DO NOTHING RETURNING revision
    """)
  static let update = PostgresStatement(
    "update_payment",
    """
    UPDATE payment SET body = $2::bytea, quote = $3::uuid, intent = $4::bytea, is_unfinished = $5::boolean,
      updated = $6::bigint, revision = revision + 1, changed = pg_current_xact_id()::text::bigint
    WHERE id = $1::uuid AND revision = $7::bigint RETURNING revision
    """)
  /// The oldest transaction that is under way: what those before it wrote can be seen.
  static let oldestTransaction = PostgresStatement(
    "oldest_transaction", "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
  static let changed = PostgresStatement(
    "changed_payments",
    """
    SELECT body, revision, changed FROM payment WHERE (changed, id) > ($1::bigint, $2::uuid)
    ORDER BY changed, id LIMIT $3::bigint
    """)
  static let unfinished = PostgresStatement(
    "unfinished_payments",
    """
    SELECT body, revision FROM payment WHERE is_unfinished AND id > $1::uuid AND updated <= $2::bigint
    ORDER BY id LIMIT $3::bigint
    """)
  static let earlier = PostgresStatement(
    "earlier_payments",
    "SELECT body, revision FROM payment WHERE id < $1::uuid ORDER BY id DESC LIMIT $2::bigint")
  static let latest = PostgresStatement(
    "latest_payments", "SELECT body, revision FROM payment ORDER BY id DESC LIMIT $1::bigint")
  static let firstUnfinished = PostgresStatement(
    "first_unfinished_payments",
    "SELECT body, revision FROM payment WHERE is_unfinished AND updated <= $1::bigint ORDER BY id LIMIT $2::bigint")

  static let insertEvent = PostgresStatement(
    "insert_payment_event",
    """
    INSERT INTO payment_event (id, digest, body, received, is_finished)
    VALUES ($1::bytea, $2::bytea, $3::bytea, $4::bigint, false) ON CONFLICT DO NOTHING RETURNING true
    """)
  static let event = PostgresStatement(
    "payment_event", "SELECT digest, is_finished FROM payment_event WHERE id = $1::bytea")
  static let finishEvent = PostgresStatement(
    "finish_payment_event", "UPDATE payment_event SET is_finished = true WHERE id = $1::bytea")
  static let unfinishedEvents = PostgresStatement(
    "unfinished_payment_events",
    """
    SELECT body FROM payment_event WHERE NOT is_finished AND id > $1::bytea AND received <= $2::bigint
    ORDER BY id LIMIT $3::bigint
    """)

  static let insertCredit = PostgresStatement(
    "insert_credit",
    """
    INSERT INTO credit (id, citizen, ducats, state, attempts, due)
    VALUES ($1::uuid, $2::bytea, $3::text, 'waiting', 0, $4::bigint) ON CONFLICT DO NOTHING
    """)
  static let claimCredits = PostgresStatement(
    "claim_credits",
    """
    UPDATE credit SET owner = $2::uuid, claimed_until = $3::bigint WHERE id = ANY(ARRAY(
      SELECT id FROM credit
      WHERE state = 'waiting' AND due <= $1::bigint
        AND (owner IS NULL OR owner = $2::uuid OR claimed_until <= $1::bigint)
      ORDER BY due, id LIMIT $4::bigint FOR UPDATE SKIP LOCKED))
    RETURNING id, citizen, ducats, state, attempts, due
    """)
  static let copyPayment = PostgresStatement(
    "copy_payment",
    """
    INSERT INTO payment (id, body, quote, intent, is_unfinished, updated, citizen, revision)
    VALUES ($1::uuid, $2::bytea, $3::uuid, $4::bytea, $5::boolean, $6::bigint, $7::bytea, $8::bigint)
    ON CONFLICT (id) DO NOTHING
    """)
  static let copyEvent = PostgresStatement(
    "copy_payment_event",
    """
    INSERT INTO payment_event (id, digest, body, received, is_finished)
    VALUES ($1::bytea, $2::bytea, $3::bytea, $4::bigint, $5::boolean) ON CONFLICT (id) DO NOTHING
    """)
  static let copyCredit = PostgresStatement(
    "copy_credit",
    """
    INSERT INTO credit (id, citizen, ducats, state, attempts, due)
    VALUES ($1::uuid, $2::bytea, $3::text, $4::text, $5::bigint, $6::bigint) ON CONFLICT (id) DO NOTHING
    """)
  static let updateCredit = PostgresStatement(
    "update_credit",
    """
    UPDATE credit SET state = $2::text, attempts = $3::bigint, due = $4::bigint, owner = NULL WHERE id = $1::uuid
    """)
  static let waitingCredits = PostgresStatement(
    "waiting_credits", "SELECT count(*), (array_agg(id ORDER BY id))[1] FROM credit WHERE state = 'waiting'")

  static let claim = PostgresStatement(
    "claim_payment_work",
    """
    INSERT INTO payment_claim (name, owner, claimed_until) VALUES ($1::text, $2::uuid, $3::bigint)
    ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, claimed_until = excluded.claimed_until
      WHERE payment_claim.owner = excluded.owner OR payment_claim.claimed_until <= $4::bigint
    RETURNING true
    """)
  static let release = PostgresStatement(
    "release_payment_work", "DELETE FROM payment_claim WHERE name = $1::text AND owner = $2::uuid")
}
