import Glibc
import Core
import Ledger
import StoreSQLite

/// The ledger in a data directory.
enum LedgerLocation {
  /// Opens the ledger in `data` for reading, beside a host or without one. Throws when it is missing or unreadable.
  static func reading(_ data: String) throws(StoreError) -> SQLiteLedgerStore {
    let directory = DataDirectory.ledger(in: data)
    if access(directory + "/ledger.sqlite", F_OK) != 0 {
      throw StoreError(.io, "there is no ledger in \(directory); --data names the directory that a host keeps")
    }
    return try SQLiteLedgerStore(reading: directory)
  }
}
