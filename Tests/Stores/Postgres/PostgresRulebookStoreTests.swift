internal import Core
internal import Ledger
internal import Rulebook
internal import StoreConformance
internal import StorePostgres
internal import Testing

struct PostgresRulebookStoreTests {
  @Test(arguments: RulebookConformance.cases)
  func `rulebooks in PostgreSQL keep the promise`(_ promise: StoreCase<any RulebookStore>) async throws {
    let address = try newDatabase()
    let ledger = try PostgresLedgerStore(address)
    let store = try PostgresRulebookStore(address)
    try await promise.run(store)
    await store.close()
    await ledger.close()
  }

  @Test(arguments: HostConformance.cases)
  func `hosts in PostgreSQL keep the promise`(_ promise: StoreCase<HostsUnderTest>) async throws {
    let address = try newDatabase()
    let ledger = try PostgresLedgerStore(address)
    let (register, store) = (try PostgresHostRegister(address), try PostgresRulebookStore(address))
    try await promise.run(HostsUnderTest(register, store))
    await register.close()
    await store.close()
    await ledger.close()
  }

  @Test func `a generation's row says since which entry it decides, and by whom`() async throws {
    let address = try newDatabase()
    let ledger = try PostgresLedgerStore(address)
    let store = try PostgresRulebookStore(address, host: "one")
    let rules = RulebookSnapshot(files: ["policies/a.lua": Array("return 1".utf8)])
    try await ledger.fund("alice", 100)
    let activation = RulebookActivation(number: try await store.stage(rules), digest: rules.digest, milliseconds: 7)
    try await store.activate(activation)
    #expect(
      try await store.activations(limit: 9)
        == [PostgresRulebookStore.Activated(activation: activation, sequence: 1, host: "one")])
    await store.close()
    await ledger.close()
  }

  @Test func `what another generation decided isn't committed, from the activation on`() async throws {
    let address = try newDatabase()
    let ledger = try PostgresLedgerStore(address)
    let store = try PostgresRulebookStore(address)
    let rules = RulebookSnapshot(files: ["policies/a.lua": Array("return 1".utf8)])
    func transfer(_ number: UInt64, by generation: Int64?) async throws -> Receipt {
      var submission = Submission(
        [.event(.posted(id(number), from: account("world"), to: account("alice"), ducats(1)))],
        authority: .operator)
      submission.generation = generation
      return try await ledger.commit(submission).receipt
    }
    // Before the first generation nothing is held against it.
    _ = try await transfer(1, by: 7)
    for number in 1...2 {
      _ = try await store.stage(rules)
      try await store.activate(RulebookActivation(number: number, digest: rules.digest, milliseconds: 7))
    }
    #expect(try await transfer(2, by: 1) == .overtaken(by: 2))
    #expect(try await transfer(3, by: 3) == .overtaken(by: 2))
    _ = try await transfer(4, by: 2)
    _ = try await transfer(5, by: nil)
    #expect(try await ledger.head().sequence == 3)
    await store.close()
    await ledger.close()
  }
}
