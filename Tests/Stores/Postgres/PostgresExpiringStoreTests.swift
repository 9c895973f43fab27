internal import Core
internal import StoreConformance
internal import StorePostgres
internal import Synchronization
internal import Testing

struct PostgresExpiringStoreTests {
  @Test(arguments: ExpiringConformance.cases)
  func `expiring values in PostgreSQL keep the promise`(_ promise: StoreCase<Timed<any ExpiringStore>>) async throws {
    let time = Mutex<Int64>(1_700_000_000_000_000)
    let store = try PostgresExpiringStore(newDatabase()) { time.withLock { $0 } }
    try await promise.run(
      Timed(store) { duration in
        time.withLock { $0 += duration.microseconds }
      })
    await store.close()
  }

  @Test func `by the server's clock a value is there and ends, and another host finds it`() async throws {
    let address = try newDatabase()
    let (one, other) = (try PostgresExpiringStore(address), try PostgresExpiringStore(address))
    let key = ExpiringKey(.challenges, "a")
    try await one.put([1], under: key, for: .seconds(600))
    #expect(try await other.value(under: key) == [1])
    try await other.put([2], under: key, for: .milliseconds(1))
    try await Task.sleep(for: .milliseconds(50))
    #expect(try await one.take(key) == nil)
    await one.close()
    await other.close()
  }
}
