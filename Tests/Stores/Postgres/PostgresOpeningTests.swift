internal import Core
internal import DatabaseServers
internal import Ledger
internal import StoreConformance
internal import StorePostgres
internal import Testing

struct PostgresOpeningTests {
  @Test func `an address prints without its password`() throws {
    let address = try PostgresAddress("postgresql://cascade:hunter2@db.example:5433/cascade?sslmode=require")
    #expect(address.description == "postgresql://cascade@db.example:5433/cascade")
    var dumped = ""
    dump(address, to: &dumped)
    #expect(!dumped.contains("hunter2"))
    #expect(!String(reflecting: address).contains("hunter2"))
  }

  @Test(arguments: ["", "cascade", "mysql://a/b", "postgresql://[::1", "postgresql://a:hunter2@b/c?nonsense=1"])
  func `what is no address is refused without repeating it`(_ url: String) throws {
    let error = #expect(throws: StoreError.self) { try PostgresAddress(url) }
    #expect(error?.description.contains("hunter2") == false)
  }

  @Test func `a server that isn't there is named`() throws {
    let error = #expect(throws: StoreError.self) {
      try PostgresLedgerStore(PostgresAddress("postgresql://cascade@127.0.0.1:1/cascade"))
    }
    #expect(error?.code == .io)
    #expect(error?.message.contains("postgresql://cascade@127.0.0.1:1/cascade") == true)
  }

  @Test func `a database that answers before the disk has it is refused by the setting's name`() throws {
    let server = try PostgresServer.shared.get()
    let address = try server.newDatabase()
    let database = String(address.dropFirst("postgresql://cascade@/".count).prefix { $0 != "?" })
    try server.execute("ALTER DATABASE \(database) SET synchronous_commit = off", in: "postgres")
    let error = #expect(throws: StoreError.self) { try PostgresLedgerStore(PostgresAddress(address)) }
    #expect(error?.message.contains("synchronous_commit = off") == true)
  }

  @Test func `tables of a later version are refused, naming the version that is needed`() async throws {
    let server = try PostgresServer.shared.get()
    let address = try server.newDatabase()
    let database = String(address.dropFirst("postgresql://cascade@/".count).prefix { $0 != "?" })
    await (try PostgresLedgerStore(PostgresAddress(address))).close()
    try server.execute("INSERT INTO cascade.migrations (number, version) VALUES (99, '9.1')", in: database)
    let error = #expect(throws: StoreError.self) { try PostgresLedgerStore(PostgresAddress(address)) }
    #expect(error?.code == .unsupportedVersion)
    #expect(error?.message.contains("9.1") == true)
  }

  @Test func `a database's history is the same to all who ask, and that of a copy is another`() throws {
    let address = try newDatabase()
    let history = try Installation(address).history()
    #expect(!history.isEmpty)
    #expect(try Installation(address).history() == history)
    let server = try PostgresServer.shared.get()
    let (original, copy) = (try server.newDatabase(), try server.newDatabase())
    let name = { (url: String) in String(url.dropFirst("postgresql://cascade@/".count).prefix { $0 != "?" }) }
    let before = try Installation(PostgresAddress(original)).history()
    try server.execute("DROP DATABASE \(name(copy))", in: "postgres")
    try server.execute("CREATE DATABASE \(name(copy)) TEMPLATE \(name(original))", in: "postgres")
    #expect(try Installation(PostgresAddress(copy)).history() != before)
  }

  @Test func `hosts that open an empty database at the same time begin one ledger`() async throws {
    let address = try newDatabase()
    let stores = try await withThrowingTaskGroup(of: PostgresLedgerStore.self) { group in
      for number in 0..<4 { group.addTask { try PostgresLedgerStore(address, host: "host\(number)") } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(stores.map(\.ledgerID)).count == 1)
    for store in stores { await store.close() }
  }

  @Test(
    arguments: [
      ("UPDATE cascade.entries SET canonical = canonical || '\\x00' WHERE sequence = 2", "entry 2"),
      ("UPDATE cascade.accounts SET credits_posted = credits_posted + 1 WHERE key = 'alice'", "alice"),
      ("DELETE FROM cascade.refusals", "refusals"), ("DELETE FROM cascade.open_holds", "hold"),
      ("UPDATE cascade.ledger_head SET open_holds = 7", "open holds"),
      ("UPDATE cascade.ledger_head SET sequence = sequence + 1", "head"),
      ("UPDATE cascade.records SET bytes = '\\x00'", ""),
    ])
  func `verify names what was changed in the tables`(_ sql: String, _ what: String) async throws {
    let server = try PostgresServer.shared.get()
    let address = try server.newDatabase()
    let database = String(address.dropFirst("postgresql://cascade@/".count).prefix { $0 != "?" })
    let store = try PostgresLedgerStore(PostgresAddress(address))
    try await store.fund("alice", 100)
    _ = try await store.send(
      .pending(id(1), from: account("alice"), to: account("bob"), ducats(10)),
      .posted(id(2), from: account("alice"), to: account("bob"), ducats(1_000)))
    _ = try await store.commit([], record: record(50))
    #expect(try await store.verify(against: nil).problem == nil)
    try server.execute(sql, in: database)
    let problem = try await store.verify(against: nil).problem
    #expect(
      problem.map { "entry \($0.sequence) \($0.message)".contains(what) } == true, "\(String(describing: problem))")
    await store.close()
  }
}
