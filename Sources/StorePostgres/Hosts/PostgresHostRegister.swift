package import Core
package import Rulebook

/// Hosts that share a PostgreSQL database, each a row that its heartbeats change. Ages are by the server's clock.
package final class PostgresHostRegister: HostRegister {
  private let connections: PostgresConnections

  /// Opens the register at `address` and brings the tables up to date. Blocks while it connects. Throws as
  /// ``PostgresLedgerStore`` does.
  package init(_ address: PostgresAddress, host: String = "") throws(StoreError) {
    let session = PostgresSession(name: "\(host) hosts", isWriting: true, statementTimeout: .seconds(3))
    _ = try PostgresSchema.open(address, session)
    connections = PostgresConnections(address, session, connections: PostgresLimits.registerConnections)
  }

  /// See ``HostRegister/beat(_:)``.
  package func beat(_ beat: HostBeat) async throws(StoreError) -> FleetNews {
    try await connections.run("noting a heartbeat") { connection in
      do {
        let answers = try connection.run([
          PostgresStatement.begin.with(), RulebookStatements.shared.with(),
          Self.others.with(
            .text(beat.name), .id(beat.run), .text(beat.seat), .integer(FleetLimits.live.microseconds)),
        ])
        if answers[2].first?.boolean(0) == true { throw StoreError.nameTaken(beat.name) }
        let news = try connection.run([
          Self.gone.with(.text(beat.name), .id(beat.run), .text(beat.seat), .integer(FleetLimits.shown.microseconds)),
          Self.note.with(
            .id(beat.run), .text(beat.name), .text(beat.seat), .integer(Int64(beat.generation)), .text(beat.said)),
          RulebookStatements.current.with(), Self.wanted,
          Self.living.with(.integer(FleetLimits.live.microseconds)), PostgresStatement.commit.with(),
        ])
        var told = try FleetNews(news[2], news[3])
        told.living = news[4].first?.integer(0).map { Int($0) }
        return told
      } catch {
        connection.rollBack()
        throw error
      }
    }
  }

  /// See ``HostRegister/news()``.
  package func news() async throws(StoreError) -> FleetNews {
    try await connections.run("looking for news of the hosts") { connection in
      let news = try connection.run([RulebookStatements.current.with(), Self.wanted])
      return try FleetNews(news[0], news[1])
    }
  }

  /// See ``HostRegister/hosts()``.
  package func hosts() async throws(StoreError) -> [KnownHost] {
    let query = Self.all.with(.integer(FleetLimits.shown.microseconds))
    return try await connections.run("reading the hosts") { connection in
      try connection.run(query).all.map { row in
        guard let name = row.text(0), let run = row.id(1), let seat = row.text(2), let generation = row.integer(3),
          let age = row.integer(5), let leaseAge = row.integer(6)
        else { throw StoreError(.corrupt, "a row of hosts can't be read") }
        var beat = HostBeat(name: name, run: run, seat: seat, generation: Int(generation))
        beat.take(said: row.bytes(4) ?? [])
        return KnownHost(beat, age: .microseconds(max(0, age)), leaseAge: .microseconds(leaseAge))
      }
    }
  }

  /// See ``HostRegister/want(_:_:)``.
  package func want(_ number: Int, _ digest: String) async throws(StoreError) {
    let queries = [
      RulebookStatements.want.with(.integer(Int64(number)), .text(digest)),
      RulebookStatements.forgetWanted.with(.integer(FleetLimits.shown.microseconds)),
    ]
    _ = try await connections.run("asking hosts to load a rulebook") { try $0.run(queries).count }
  }

  /// See ``HostRegister/leave(_:)``.
  package func leave(_ run: Identifier) async throws(StoreError) {
    _ = try await connections.run("leaving the other hosts") { try $0.run(Self.remove.with(.id(run))).count }
  }

  /// Closes the connections; what comes then fails.
  package func close() async { await connections.close() }

  private static let wanted = RulebookStatements.wanted.with(.integer(FleetLimits.wanted.microseconds))

  /// Whether the name is another's: of a process that began later, or of a live one when this is the first beat.
  private static let others = PostgresStatement(
    "other_hosts",
    """
    SELECT EXISTS (
      SELECT FROM hosts WHERE name = $1::text AND run <> $2::uuid AND CASE
        WHEN (SELECT began FROM hosts WHERE run = $2::uuid) IS NULL
        THEN seat <> $3::text AND heard > clock_timestamp() - $4::bigint * interval '1 microsecond'
        ELSE began > (SELECT began FROM hosts WHERE run = $2::uuid) END)
    """)
  private static let gone = PostgresStatement(
    "gone_hosts",
    """
    DELETE FROM hosts WHERE run <> $2::uuid AND (name = $1::text AND seat = $3::text
      OR heard < clock_timestamp() - $4::bigint * interval '1 microsecond')
    """)
  private static let note = PostgresStatement(
    "note_host",
    """
    INSERT INTO hosts (run, name, seat, generation, heard, leased, said)
    SELECT $1::uuid, $2::text, $3::text, $4::bigint, clock_timestamp(),
      CASE WHEN generation = $4::bigint THEN clock_timestamp() ELSE '-infinity' END, $5::text
    FROM ledger_head
    ON CONFLICT (run) DO UPDATE SET generation = excluded.generation, heard = excluded.heard,
      leased = GREATEST(hosts.leased, excluded.leased), said = excluded.said
    """)
  private static let living = PostgresStatement(
    "living_hosts",
    "SELECT count(*) FROM hosts WHERE heard > clock_timestamp() - $1::bigint * interval '1 microsecond'")
  private static let all = PostgresStatement(
    "all_hosts",
    """
    SELECT name, run, seat, generation, said,
      (extract(epoch FROM clock_timestamp() - heard) * 1000000)::bigint,
      CASE WHEN leased = '-infinity' THEN 1000000000000000
        ELSE (extract(epoch FROM clock_timestamp() - leased) * 1000000)::bigint END
    FROM hosts WHERE heard > clock_timestamp() - $1::bigint * interval '1 microsecond' ORDER BY name, began
    """)
  private static let remove = PostgresStatement("remove_host", "DELETE FROM hosts WHERE run = $1::uuid")
}

extension FleetNews {
  /// News from the rows of the generation in force and of what is wanted.
  fileprivate init(_ current: PostgresRows, _ wanted: PostgresRows) throws(StoreError) {
    self.init()
    self.current = try RulebookActivation(current.first)
    for row in wanted.all { self.wanted[Int(row.integer(0) ?? 0)] = row.text(1) ?? "" }
  }
}

extension HostBeat {
  /// What has no column of its own.
  fileprivate var said: String {
    var object = JSON.Object()
    object.append("staged", .array(staged.map { .integer(Int64($0)) }))
    object.append(
      "refused", .array(refused.map { ["number": .integer(Int64($0.key)), "reason": .string($0.value)] }))
    if let problem { object.append("problem", .string(problem)) }
    if let awareness { object.append("awareness", .double(awareness)) }
    return JSON.object(object).text
  }

  /// Reads ``said``; what isn't there is left as it is.
  fileprivate mutating func take(said bytes: [UInt8]) {
    guard let json = try? JSON(parsing: bytes) else { return }
    staged = (json["staged"]?.array ?? []).compactMap { $0.integer.map { Int($0) } }
    for item in json["refused"]?.array ?? [] {
      if let number = item["number"]?.integer { refused[Int(number)] = item["reason"]?.string ?? "" }
    }
    problem = json["problem"]?.string
    awareness = json["awareness"]?.number
  }
}
