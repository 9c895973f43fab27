import Core
import DatabaseServers
import StoreConformance
import Testing
import TrustGraph

@testable import StorePostgres

/// How long a host's connections hold on to what others wait for.
struct PostgresSessionTests {
  private static let names = ["lock_timeout", "idle_in_transaction_session_timeout", "statement_timeout"]

  /// What the server has set for a session.
  private static func settings(_ session: PostgresSession) throws -> [String: String] {
    let connection = try PostgresConnection(try newDatabase(), session)
    let sql = "SELECT name, current_setting(name) FROM unnest($1::text[]) AS names (name)"
    let rows = try connection.run(PostgresStatement("", sql).with(.texts(names)))
    return Dictionary(rows.all.map { ($0.text(0) ?? "", $0.text(1) ?? "") }) { $1 }
  }

  @Test func `a host that writes gives a lock back after two seconds, and gives up a statement after five`() throws {
    let settings = try Self.settings(PostgresSession(name: "test", isWriting: true))
    #expect(
      settings == [
        "lock_timeout": "2s", "idle_in_transaction_session_timeout": "2s", "statement_timeout": "5s",
      ])
  }

  @Test func `a long reading has as long as it was given, and waits for no lock longer than others`() throws {
    let session = PostgresSession(name: "test", isWriting: false, statementTimeout: .seconds(30))
    let settings = try Self.settings(session)
    #expect(
      settings == [
        "lock_timeout": "2s", "idle_in_transaction_session_timeout": "30s", "statement_timeout": "30s",
      ])
  }

  @Test func `a host and the server notice within five seconds that the way between them is gone`() {
    let session = PostgresSession(name: "test", isWriting: true)
    let lists = [
      ("keepalives_", Dictionary(uniqueKeysWithValues: session.parameters.map { ($0.name, $0.value) })),
      ("tcp_keepalives_", Dictionary(uniqueKeysWithValues: session.settings.map { ($0.name, $0.value) })),
    ]
    for (prefix, list) in lists {
      let parts = ["idle", "interval", "count"].map { list[prefix + $0].flatMap { Int($0) } ?? 1_000 }
      #expect(parts[0] + parts[1] * parts[2] <= 5)
      #expect(list["tcp_user_timeout"] == "5000")
    }
  }

  @Test func `what waits for a lock that somebody keeps is refused while it is kept, with nothing written`()
    async throws
  {
    let server = try PostgresServer.shared.get()
    let url = try server.newDatabase()
    let address = try PostgresAddress(url)
    let store = try PostgresRelationshipStore(address)
    let change = SnapshotChange.adding("ada", to: try await store.load().version)
    let keeper = try PostgresConnection(
      address, PostgresSession(name: "keeper", isWriting: false, statementTimeout: .seconds(600)))
    _ = try keeper.run(PostgresStatement.begin.with())
    _ = try keeper.run(PostgresStatement("", "LOCK TABLE cascade.graph IN ACCESS EXCLUSIVE MODE").with())
    let refused = await #expect(throws: StoreError.self) { try await store.save(change) }
    #expect(refused?.code == .locked && refused?.retryAfter != nil)
    keeper.rollBack()
    try await store.save(change)
    #expect(try await store.load().citizens == ["ada"])
    await store.close()
  }

  @Test func `a transaction that stands still is ended, and what it held is free`() async throws {
    let address = try newDatabase()
    let store = try PostgresRelationshipStore(address)
    let change = SnapshotChange.adding("ada", to: try await store.load().version)
    let still = try PostgresConnection(address, PostgresSession(name: "still", isWriting: true))
    _ = try still.run([
      PostgresStatement.begin.with(), PostgresStatement("", "SELECT version FROM cascade.graph FOR UPDATE").with(),
    ])
    // It isn't asked for anything any more, and the other one waits for as long as it takes.
    while true {
      do throws(StoreError) {
        try await store.save(change)
        break
      } catch {
        if error.code != .locked { throw error }
      }
    }
    let ended = #expect(throws: PostgresFailure.self) { try still.run(PostgresStatement.commit.with()) }
    #expect(ended?.isBroken == true)
    await store.close()
  }
}

extension SnapshotChange {
  /// One citizen more in the graph of this version.
  fileprivate static func adding(_ name: String, to version: Int) -> SnapshotChange {
    SnapshotChange(from: version, to: version + 1, citizens: [name])
  }
}
