internal import Foundation
internal import Ledger
internal import StoreConformance
internal import StoreSQLite
internal import Testing

struct SQLiteLedgerStoreTests {
  @Test(arguments: ConformanceCase.all)
  func `a ledger in SQLite keeps the promise`(_ promise: ConformanceCase) async throws {
    try await withDataDirectory { directory in
      let time = ManualTime()
      let store = try SQLiteLedgerStore(directory: directory, time: time.source)
      try await promise.run(store, time)
      await store.close()
    }
  }
}

/// Runs `body` with a new directory and removes it.
func withDataDirectory<Value>(_ body: (String) async throws -> Value) async throws -> Value {
  let directory = FileManager.default.temporaryDirectory.appending(path: "cascade-ledger-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: directory) }
  return try await body(directory.path)
}
