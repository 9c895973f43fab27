internal import Ledger
internal import StoreConformance
internal import Testing

struct MemoryLedgerStoreTests {
  @Test(arguments: ConformanceCase.all)
  func `a ledger in memory keeps the promise`(_ promise: ConformanceCase) async throws {
    let time = ManualTime()
    try await promise.run(MemoryLedgerStore(time: time.source), time)
  }
}
