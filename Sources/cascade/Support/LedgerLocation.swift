import Glibc
import Core
import Ledger
import StoreSQLite

/// The ledger in the directory that holds what the host keeps.
enum LedgerLocation {
  /// The ledger in `data`, for reading, whether or not a host runs. Throws when there is none, or it can't be read.
  static func reading(_ data: String) throws(StoreError) -> SQLiteLedgerStore {
    let directory = DataDirectory.ledger(in: data)
    if access(directory + "/ledger.sqlite", F_OK) != 0 {
      throw StoreError(.io, "there is no ledger in \(directory); --data names the directory that a host keeps")
    }
    return try SQLiteLedgerStore(reading: directory)
  }
}
