internal import Foundation
internal import Ledger
internal import LedgerSQLite
internal import LedgerTesting
internal import Testing

struct SQLiteLedgerModelTests {
  @Test func `a ledger in SQLite agrees with a plain model in every operation`() async throws {
    let environment = ProcessInfo.processInfo.environment
    let seed = environment["CASCADE_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...(.max))
    print("seed \(seed)")
    let count = environment["CASCADE_OPERATIONS"].flatMap { Int($0) } ?? 2_000
    try await withDataDirectory { directory in
      let time = ManualTime()
      // What reaches the disk when is not the question here.
      let store = try SQLiteLedgerStore(directory: directory, time: time.source, durability: .normal)
      try await compare(store, time, operations: count, chains: 16, seed: seed)
      let accounts = try await store.allAccounts()
      await store.close()
      let again = try SQLiteLedgerStore(directory: directory, time: time.source)
      try await same(again.allAccounts(), accounts)
      await again.close()
    }
  }
}
