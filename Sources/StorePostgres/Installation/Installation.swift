package import Core

extension PostgresSchema {
  /// One row: whose data a database holds.
  static let installationTables = [
    """
    CREATE TABLE cascade.installation (
      place smallint PRIMARY KEY DEFAULT 1 CHECK (place = 1), use text NOT NULL,
      began timestamptz NOT NULL DEFAULT now()
    )
    """
  ]
}

/// What a database says of itself, and whether it is as it should be.
package struct Installation: Sendable {
  private let address: PostgresAddress

  /// The database at `address`.
  package init(_ address: PostgresAddress) { self.address = address }

  /// Marks a new database as this use's, such as `demo`; what it is marked as. Brings the tables up to date, and
  /// blocks.
  /// Throws as ``PostgresLedgerStore`` does.
  package func mark(_ use: String) throws(StoreError) -> String {
    let connection = try PostgresSchema.open(address, PostgresSession(name: "installation", isWriting: true))
    do throws(PostgresFailure) {
      let insert = "INSERT INTO cascade.installation (use) VALUES ($1::text) ON CONFLICT DO NOTHING"
      _ = try connection.run(PostgresStatement("mark", insert).with(.text(use)))
      return try connection.run(PostgresStatement("use", "SELECT use FROM cascade.installation").with()).first?.text(0)
        ?? use
    } catch {
      throw StoreError(error, while: "marking the store")
    }
  }

  /// What the database is marked as; nil when no host has begun there yet. Blocks.
  package func use() throws(StoreError) -> String? {
    let connection = try PostgresSchema.open(address, PostgresSession(name: "installation", isWriting: true))
    do throws(PostgresFailure) {
      return try connection.run(PostgresStatement("use", "SELECT use FROM cascade.installation").with()).first?.text(0)
    } catch {
      throw StoreError(error, while: "reading the store")
    }
  }

  /// Which history its data are of, as a text: another one once a backup was restored, or a standby took over with what
  /// it had. Blocks. Throws as above.
  package func history() throws(StoreError) -> String {
    let connection = try PostgresSchema.open(address, PostgresSession(name: "installation", isWriting: true))
    let sql = """
      SELECT concat_ws(' ', (SELECT system_identifier FROM pg_control_system()),
        substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),
        (SELECT oid FROM pg_database WHERE datname = current_database()))
      """
    do throws(PostgresFailure) {
      return try connection.run(PostgresStatement("history", sql).with()).first?.text(0) ?? ""
    } catch {
      throw StoreError(error, while: "reading the store")
    }
  }

  /// Brings the tables up to date: the number of the last migration before, and now. Blocks. Throws as above.
  package func migrate() throws(StoreError) -> (before: Int64, after: Int64) {
    let session = PostgresSession(name: "migration", isWriting: true, statementTimeout: .seconds(600))
    let before = try state().migration
    _ = try PostgresSchema.open(address, session)
    return (before, PostgresSchema.migrations.map(\.number).max() ?? 0)
  }

  /// What is to be known of a server and its database without changing them.
  package struct State: Sendable {
    /// The server's version, as `15.4`.
    package var server: String
    /// The number of the last migration there; 0 for none.
    package var migration: Int64
    /// The last migration that this program knows.
    package var known: Int64
    /// Settings that a cluster wants otherwise, each as a sentence.
    package var advice: [String]
  }

  /// Looks at the server and the database and changes nothing. Blocks. Throws when it can't be reached, is too old, may
  /// lose what it acknowledged, or has tables of a later version.
  package func state() throws(StoreError) -> State {
    let connection: PostgresConnection
    do throws(PostgresFailure) {
      connection = try PostgresConnection(address, PostgresSession(name: "check", isWriting: false))
    } catch {
      throw StoreError(error, while: "opening the store at \(address)")
    }
    try PostgresSchema.check(connection)
    let state: State
    do throws(PostgresFailure) {
      state = try Self.state(of: connection)
    } catch {
      throw StoreError(error, while: "looking at the store")
    }
    if state.migration > state.known { _ = try PostgresSchema.applied(connection) }
    return state
  }
}

extension Installation {
  /// What a connection shows of its server and its database.
  private static func state(of connection: PostgresConnection) throws(PostgresFailure) -> State {
    let exists = try connection.run(
      PostgresStatement("has_schema", "SELECT to_regclass('cascade.migrations') IS NOT NULL").with())
    var migration: Int64 = 0
    if exists.first?.boolean(0) == true {
      migration =
        try connection.run(
          PostgresStatement("last_migration", "SELECT COALESCE(max(number), 0) FROM cascade.migrations").with()
        ).first?.integer(0) ?? 0
    }
    let version = connection.serverVersion
    return State(
      server: "\(version / 10_000).\(version % 10_000)", migration: migration,
      known: PostgresSchema.migrations.map(\.number).max() ?? 0, advice: try advice(connection))
  }

  /// What else a server for many hosts should be set to.
  private static func advice(_ connection: PostgresConnection) throws(PostgresFailure) -> [String] {
    let sql = "SELECT name, setting FROM pg_settings WHERE name = ANY($1::text[])"
    let rows = try connection.run(
      PostgresStatement("advice", sql).with(.texts(["max_connections", "data_checksums", "max_wal_size"])))
    var advice: [String] = []
    for row in rows.all {
      let (name, value) = (row.text(0) ?? "", row.text(1) ?? "")
      switch name {
      case "max_connections" where (Int(value) ?? 0) < 3 * PostgresLimits.connectionsPerHost:
        advice.append("max_connections is \(value); each host takes up to \(PostgresLimits.connectionsPerHost)")
      case "data_checksums" where value == "off":
        advice.append("data_checksums is off: initdb --data-checksums lets the server find what a disk has changed")
      case "max_wal_size" where (Int(value) ?? 0) < 1_024:
        advice.append("max_wal_size is \(value) MB; 1 GB or more makes checkpoints, and slow commits, rarer")
      default: break
      }
    }
    return advice
  }
}
