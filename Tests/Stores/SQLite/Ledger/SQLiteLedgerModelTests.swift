internal import Core
internal import Foundation
internal import GRDB
internal import Ledger
internal import StoreConformance
internal import StoreSQLite
internal import Testing

struct SQLiteLedgerModelTests {
  private let count = ProcessInfo.processInfo.environment["CASCADE_OPERATIONS"].flatMap { Int($0) } ?? 2_000

  @Test func `a ledger in SQLite agrees with a plain model in every operation`() async throws {
    try await compare(count, chains: 1)
  }

  @Test func `a ledger in SQLite agrees with a plain model when chains share a submission`() async throws {
    try await compare(count / 4, chains: 16)
  }

  private func compare(_ count: Int, chains: Int) async throws {
    let seed = ProcessInfo.processInfo.environment["CASCADE_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...(.max))
    print("seed \(seed)")
    try await withDataDirectory { directory in
      let time = ManualTime()
      // What reaches the disk when is not the question here.
      let store = try SQLiteLedgerStore(directory: directory, time: time.source, durability: .normal)
      var configuration = Configuration()
      configuration.readonly = true
      let reader = try DatabaseQueue(path: "\(directory)/ledger.sqlite", configuration: configuration)
      try await StoreConformance.compare(store, time, operations: count, chains: chains, seed: seed) {
        // Only the ids, as the amounts of holds are those of their entries.
        try await reader.read { database in
          let statement = try database.cachedStatement(sql: "SELECT id FROM open_holds")
          return try Set(Data.fetchAll(statement).compactMap { Identifier(bytes: $0) })
        }
      }
      try reader.close()
      let accounts = try await store.allAccounts()
      await store.close()
      let again = try SQLiteLedgerStore(directory: directory, time: time.source)
      try await same(again.allAccounts(), accounts)
      await again.close()
    }
  }
}
