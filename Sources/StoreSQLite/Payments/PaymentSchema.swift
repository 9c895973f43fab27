internal import GRDB

/// The tables of a file of payments, brought up to date step by step.
enum PaymentSchema {
  /// The migrations; one that was ever published never changes.
  static var migrator: DatabaseMigrator {
    DatabaseMigrator([
      (
        "1",
        """
        -- A payment as JSON, beside it what it is looked up by.
        CREATE TABLE payments (
          id BLOB PRIMARY KEY,
          body TEXT NOT NULL,
          quote BLOB UNIQUE,
          intent TEXT UNIQUE,
          is_unfinished INTEGER NOT NULL,
          updated INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX payments_unfinished ON payments (id) WHERE is_unfinished = 1;

        CREATE TABLE events (
          id TEXT PRIMARY KEY,
          digest BLOB NOT NULL,
          body TEXT NOT NULL,
          received INTEGER NOT NULL,
          is_finished INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX events_unfinished ON events (received) WHERE is_finished = 0;

        -- What Venice must be told.
        CREATE TABLE credits (
          id BLOB PRIMARY KEY,
          citizen TEXT NOT NULL,
          ducats TEXT NOT NULL,
          state TEXT NOT NULL,
          attempts INTEGER NOT NULL,
          due INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX credits_due ON credits (due) WHERE state = 'waiting';
        """
      ),
      (
        "2",
        """
        -- Whose it is, to count what a citizen leaves open.
        ALTER TABLE payments ADD COLUMN citizen TEXT NOT NULL DEFAULT '';
        UPDATE payments SET citizen = body ->> '$.order.citizen';
        CREATE INDEX payments_open ON payments (citizen) WHERE is_unfinished = 1;
        -- Read page by page.
        DROP INDEX events_unfinished;
        CREATE INDEX events_unfinished ON events (id) WHERE is_finished = 0;
        """
      ),
      (
        "3",
        """
        -- How often a payment was kept: a change names the one it was made of.
        ALTER TABLE payments ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
        """
      ),
    ])
  }

  /// Who works on what, until when: ends with the process, as what it says does.
  static let temporary = """
    CREATE TEMP TABLE claims (
      name TEXT PRIMARY KEY, owner BLOB NOT NULL, until INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    """
}
