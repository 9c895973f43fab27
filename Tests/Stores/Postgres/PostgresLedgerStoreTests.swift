internal import Core
internal import Ledger
internal import StoreConformance
internal import StorePostgres
internal import Testing

struct PostgresLedgerStoreTests {
  @Test(arguments: ConformanceCase.all)
  func `a ledger in PostgreSQL keeps the promise`(_ promise: ConformanceCase) async throws {
    let time = ManualTime()
    let store = try PostgresLedgerStore(newDatabase(), time: time.source)
    try await promise.run(store, time)
    await store.close()
  }
}
