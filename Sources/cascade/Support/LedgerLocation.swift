import Core
import Ledger
import Platform
import StoreSQLite

/// The ledger in a data directory.
enum LedgerLocation {
  /// Whether there is a ledger in `data`.
  static func isThere(_ data: String) -> Bool { File.exists(DataDirectory.ledger(in: data) + "/ledger.sqlite") }

  /// Opens the ledger in `data` for reading, beside a host or without one. Throws when it is missing or unreadable.
  static func reading(_ data: String) throws(StoreError) -> SQLiteLedgerStore {
    let directory = DataDirectory.ledger(in: data)
    if !isThere(data) {
      throw StoreError(.io, "there is no ledger in \(directory); --data names the directory that a host keeps")
    }
    return try SQLiteLedgerStore(reading: directory)
  }

  /// Reads the ledger in `data` as ``reading(_:)`` opens it, and closes it however that ends.
  static func reading<Value>(_ data: String, _ body: (SQLiteLedgerStore) async throws -> Value) async throws -> Value {
    try await closing(try reading(data), body)
  }

  /// Passes a ledger to `body`, and closes it however that ends.
  static func closing<Store: LedgerStore, Value>(
    _ store: Store, _ body: (Store) async throws -> Value
  ) async throws -> Value {
    do {
      let value = try await body(store)
      await store.close()
      return value
    } catch {
      await store.close()
      throw error
    }
  }
}
