internal import Core

/// The tables of all stores, in the schema `cascade`: migrations with numbers, forward only.
enum PostgresSchema {
  /// One step; one that was ever published never changes.
  struct Migration: Sendable {
    var number: Int64
    /// The version of Cascade that knows it.
    var version: String
    /// Statements, each of which runs alone.
    var statements: [String]
  }

  /// All of them, in order.
  static let migrations: [Migration] = [
    Migration(number: 1, version: "2", statements: ledgerTables),
    Migration(number: 2, version: "2", statements: expiringTable),
    Migration(number: 3, version: "2", statements: attachmentTables),
    Migration(number: 4, version: "2", statements: graphTables),
    Migration(number: 5, version: "2", statements: treeTables),
    Migration(number: 6, version: "2", statements: sessionTables),
    Migration(number: 7, version: "2", statements: paymentTables),
    Migration(number: 8, version: "2", statements: keyTables),
    Migration(number: 9, version: "2", statements: installationTables),
    Migration(number: 20, version: "2", statements: rulebookTables),
    Migration(number: 21, version: "2", statements: claimTables),
    Migration(number: 22, version: "2", statements: recordTables),
    Migration(number: 23, version: "2", statements: paymentChanges),
  ]

  /// What locks the migrations: any number that nobody else takes in this database.
  private static let lock: Int64 = 0x6361_7363_6164_65

  /// Settings with which an acknowledged write may be lost.
  private static let unsafeSettings = ["fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"]

  /// Connects and brings the tables up to date. Throws as ``migrate(_:)``, and `io` when the server can't be reached.
  static func open(
    _ address: PostgresAddress, _ session: PostgresSession
  ) throws(StoreError) -> PostgresConnection {
    let connection: PostgresConnection
    do throws(PostgresFailure) {
      connection = try PostgresConnection(address, session)
    } catch {
      throw StoreError(error, while: "opening the store at \(address)")
    }
    try migrate(connection)
    return connection
  }

  /// Brings the tables up to date, whoever of several hosts comes first. Throws `unsupported_version` when a later
  /// version of Cascade made them, or the server is too old.
  static func migrate(_ connection: PostgresConnection) throws(StoreError) {
    try check(connection)
    do throws(PostgresFailure) {
      _ = try connection.run([
        PostgresStatement.begin.with(),
        PostgresStatement("lock_schema", "SELECT pg_advisory_xact_lock($1)").with(.integer(lock)),
      ])
      for sql in foundation { _ = try connection.run(PostgresStatement("", sql).with()) }
    } catch {
      throw StoreError(error, while: "migrating the store")
    }
    let applied = try applied(connection)
    do throws(PostgresFailure) {
      for migration in migrations where migration.number > applied {
        for sql in migration.statements { _ = try connection.run(PostgresStatement("", sql).with()) }
        let insert = "INSERT INTO cascade.migrations (number, version) VALUES ($1, $2)"
        _ = try connection.run(
          PostgresStatement("", insert).with(.integer(migration.number), .text(migration.version)))
      }
      _ = try connection.run(PostgresStatement.commit.with())
    } catch {
      throw StoreError(error, while: "migrating the store")
    }
  }

  /// The number of the last migration. Throws `unsupported_version` when this version doesn't know it.
  static func applied(_ connection: PostgresConnection) throws(StoreError) -> Int64 {
    let last: PostgresRow?
    do throws(PostgresFailure) {
      last = try connection.run(
        PostgresStatement("migrations", "SELECT number, version FROM cascade.migrations ORDER BY number DESC LIMIT 1")
          .with()
      ).first
    } catch {
      throw StoreError(error, while: "reading the store's version")
    }
    let number = last?.integer(0) ?? 0
    if number > migrations.last?.number ?? 0 {
      throw StoreError(
        .unsupportedVersion,
        "the store needs Cascade \(last?.text(1) ?? "") or later (migration \(number)); use that one")
    }
    return number
  }

  /// Throws when the server is too old, or set so that it may lose what it said was written.
  static func check(_ connection: PostgresConnection) throws(StoreError) {
    if connection.serverVersion < 150_000 {
      throw StoreError(.unsupportedVersion, "PostgreSQL 15 or later is needed, this is \(connection.serverVersion)")
    }
    let settings: PostgresRows
    do throws(PostgresFailure) {
      let sql = "SELECT name, setting FROM pg_settings WHERE name = ANY($1::text[])"
      settings = try connection.run(
        PostgresStatement("pg_settings", sql).with(.texts(unsafeSettings.keys.sorted() + ["server_encoding"])))
    } catch {
      throw StoreError(error, while: "reading the settings of PostgreSQL")
    }
    for row in settings.all {
      let (name, value) = (row.text(0) ?? "", row.text(1) ?? "")
      if unsafeSettings[name] == value {
        throw StoreError(.io, "PostgreSQL has \(name) = off and may lose what was acknowledged; set it to on")
      }
      if name == "server_encoding", value != "UTF8" {
        throw StoreError(.io, "the database's encoding is \(value); create it with ENCODING 'UTF8'")
      }
    }
  }

  private static let foundation = [
    "CREATE SCHEMA IF NOT EXISTS cascade",
    """
    CREATE TABLE IF NOT EXISTS cascade.migrations (
      number bigint PRIMARY KEY,
      version text NOT NULL,
      applied timestamptz NOT NULL DEFAULT now()
    )
    """,
  ]
}
