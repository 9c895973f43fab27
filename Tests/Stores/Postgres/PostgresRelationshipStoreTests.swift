internal import Core
internal import StoreConformance
internal import StorePostgres
internal import Testing
internal import TrustGraph

struct PostgresRelationshipStoreTests {
  @Test(arguments: GraphConformance.cases)
  func `relationships in PostgreSQL keep the promise`(_ promise: StoreCase<any RelationshipStore>) async throws {
    let store = try PostgresRelationshipStore(newDatabase())
    try await promise.run(store)
    await store.close()
  }

  @Test func `what one host changes another reads, and can't overwrite unseen`() async throws {
    let address = try newDatabase()
    let (one, other) = (try PostgresRelationshipStore(address), try PostgresRelationshipStore(address))
    try await one.save(SnapshotChange(from: 1, to: 2, citizens: ["ada", "bea"]))
    #expect(try await other.changes(after: 1, limit: 10).citizens == ["ada", "bea"])
    let error = await #expect(throws: StoreError.self) {
      try await other.save(SnapshotChange(from: 1, to: 2, citizens: ["carl"]))
    }
    #expect(error?.code == .conflict)
    await one.close()
    await other.close()
  }
}
