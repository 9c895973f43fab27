internal import Core
internal import GRDB
internal import GRDBSQLite
internal import Ledger
internal import Synchronization

/// How long the write-ahead log is, and when its content is brought into the ledger file.
///
/// SQLite can do that by itself, but then tells nobody when a write or sync fails, and tries again with the next
/// commit, when the system may have dropped what it couldn't write.
final class WriteAheadLog: Sendable {
  private let limit: Int
  /// Pages in the log.
  private let pages = Atomic(0)
  /// How many of them are known to be in the file.
  private let broughtIn = Atomic(0)

  init(_ limits: LedgerLimits) { limit = limits.checkpointPages }

  /// Hears of every commit on a connection, which must keep this alive and lose its own checkpoints.
  func follow(_ database: Database) {
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe sqlite3_wal_hook(
      database.sqliteConnection,
      { context, _, _, pages in
        guard let context = unsafe context else { return SQLITE_OK }
        let log = unsafe Unmanaged<WriteAheadLog>.fromOpaque(context).takeUnretainedValue()
        // A log that is shorter began anew, since all of it had been brought in.
        if log.pages.exchange(Int(pages), ordering: .relaxed) > Int(pages) {
          log.broughtIn.store(0, ordering: .relaxed)
        }
        return SQLITE_OK
      }, context)
  }

  /// Brings the log into the file when so many pages came since it was last done. What a reader still needs waits for
  /// the next time, and so does everything while the disk is full. Throws when a write or a sync failed: what the disk
  /// holds is then unknown, and it mustn't be tried again. Only outside a transaction. O(pages).
  func bringIn(_ database: Database) throws {
    let count = pages.load(ordering: .relaxed)
    if count - broughtIn.load(ordering: .relaxed) < limit { return }
    do {
      broughtIn.store(try database.checkpoint(.passive).checkpointedFrameCount, ordering: .relaxed)
    } catch let error as DatabaseError where [ResultCode.SQLITE_BUSY, .SQLITE_FULL].contains(error.resultCode) {
      return
    } catch {
      // Whatever lies beneath, even damage: none of it leaves the file as it was.
      throw StoreError(.io, "bringing the log of writes into the ledger failed", cause: String(describing: error))
    }
  }
}
