internal import Core
internal import StoreConformance
internal import StorePostgres
internal import Testing

struct PostgresWorkTurnsTests {
  @Test(arguments: TurnConformance.cases)
  func `claims in PostgreSQL keep the promise`(_ promise: StoreCase<[any WorkTurns]>) async throws {
    let address = try newDatabase()
    let hosts = try ["one", "two"].map { try PostgresWorkTurns(address, host: $0) }
    try await promise.run(hosts)
    for host in hosts { await host.close() }
  }
}
