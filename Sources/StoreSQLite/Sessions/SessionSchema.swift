internal import GRDB

/// The tables of a file of sessions, brought up to date step by step.
enum SessionSchema {
  /// The migrations; one that was ever published never changes.
  static var migrator: DatabaseMigrator {
    DatabaseMigrator([
      (
        "1",
        """
        CREATE TABLE sessions (
          number INTEGER PRIMARY KEY,
          id BLOB NOT NULL UNIQUE,
          citizen TEXT NOT NULL,
          key BLOB NOT NULL,
          expiry INTEGER NOT NULL,
          refreshes INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX sessions_citizen ON sessions (citizen);
        CREATE INDEX sessions_expiry ON sessions (expiry);

        CREATE TABLE refresh_tokens (
          digest BLOB PRIMARY KEY,
          session BLOB NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
          is_newest INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX refresh_tokens_session ON refresh_tokens (session);

        CREATE TABLE access_tokens (
          identity BLOB PRIMARY KEY,
          session BLOB NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
          expiry INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX access_tokens_session ON access_tokens (session);
        """
      )
    ])
  }
}
