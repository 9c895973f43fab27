internal import Core
internal import DatabaseServers
internal import Ledger
internal import StoreConformance
internal import StorePostgres
internal import Testing

/// The tree over the entries beside hosts of an earlier version, which write entries and no tree.
struct PostgresTreeTests {
  private static func give(_ numbers: Range<UInt64>, _ store: PostgresLedgerStore) async throws {
    for number in numbers {
      _ = try await store.send(.posted(id(number), from: account("world"), to: account("alice"), ducats(1)))
    }
  }

  @Test func `what an earlier version wrote is added when a host opens the ledger`() async throws {
    let server = try PostgresServer.shared.get()
    let address = try server.newDatabase()
    let database = String(address.dropFirst("postgresql://cascade@/".count).prefix { $0 != "?" })
    let first = try PostgresLedgerStore(PostgresAddress(address))
    try await Self.give(1..<14, first)
    let root = try await first.treeRoot(of: 13)
    await first.close()
    try server.execute("DELETE FROM cascade.tree; UPDATE cascade.ledger_head SET tree = ''", in: database)
    let second = try PostgresLedgerStore(PostgresAddress(address))
    #expect(try await second.treeRoot(of: 13) == root)
    try await Self.give(14..<17, second)
    #expect(try await second.proof(of: 5, in: 16) != nil)
    #expect(try await second.verify(against: nil).problem == nil)
    await second.close()
  }

  @Test func `what an earlier version writes meanwhile is added with the next entry, and is no fault before`()
    async throws
  {
    let server = try PostgresServer.shared.get()
    let address = try server.newDatabase()
    let database = String(address.dropFirst("postgresql://cascade@/".count).prefix { $0 != "?" })
    let store = try PostgresLedgerStore(PostgresAddress(address))
    try await Self.give(1..<5, store)
    let four = try await store.treeRoot(of: 4)
    try server.execute("CREATE TABLE cascade.before AS SELECT tree FROM cascade.ledger_head", in: database)
    try await Self.give(5..<12, store)
    let root = try await store.treeRoot(of: 11)
    try server.execute(
      """
      DELETE FROM cascade.tree WHERE sequence > 4;
      UPDATE cascade.ledger_head SET tree = (SELECT tree FROM cascade.before)
      """, in: database)
    #expect(try await store.treeRoot(of: 4) == four)
    #expect(try await store.verify(against: nil).problem == nil)
    try await Self.give(12..<13, store)
    #expect(try await store.treeRoot(of: 11) == root)
    #expect(try await store.proof(of: 9, in: 12) != nil)
    #expect(try await store.verify(against: nil).problem == nil)
    await store.close()
  }

  @Test(arguments: [
    "UPDATE cascade.tree SET nodes = decode(repeat('00', 32), 'hex') WHERE sequence = 2",
    "DELETE FROM cascade.tree WHERE sequence = 4",
    "INSERT INTO cascade.tree VALUES (5, decode(repeat('00', 32), 'hex'))",
    "UPDATE cascade.ledger_head SET tree = overlay(tree PLACING decode('ff', 'hex') FROM 20)",
    "UPDATE cascade.ledger_head SET tree = decode('ff', 'hex')",
  ])
  func `a changed tree is found`(_ sql: String) async throws {
    let server = try PostgresServer.shared.get()
    let address = try server.newDatabase()
    let database = String(address.dropFirst("postgresql://cascade@/".count).prefix { $0 != "?" })
    let store = try PostgresLedgerStore(PostgresAddress(address))
    try await Self.give(1..<6, store)
    #expect(try await store.verify(against: nil).problem == nil)
    try server.execute(sql, in: database)
    #expect(try await store.verify(against: nil).problem != nil)
    await store.close()
  }
}
